#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# While threads insert and delete as fast as they can, a listing and a pass
# show every key that stays exactly once, and they end.

. "${top_srcdir:-.}/tests/lib.sh"
. "$top_srcdir/tests/kernel/lib.sh"
require fuse root bpf
mount_fs kernel

# pass FILE DESC: FILE holds names; 50000 of them are of keys that stay.
check_pass() {
	sort "$1" >sorted
	[ "$(uniq -d sorted | wc -l)" -eq 0 ] || {
		fail "$2: twice: $(uniq -d sorted | head -n 3)"
		return
	}
	[ "$(comm -12 sorted permanent | wc -l)" -eq 50000 ] || {
		fail "$2: missing: $(comm -13 sorted permanent | head -n 3)"
		return
	}
	# Keys of the churn are 50000 to 79999 and nothing else.
	[ "$(comm -23 sorted possible | wc -l)" -eq 0 ] ||
		fail "$2: never existed: $(comm -23 sorted possible | head -n 3)"
}

# raw_keys TYPE FROM TO: names as the tree lists them.
raw_keys() {
	awk -v type="$1" -v from="$2" -v to="$3" 'BEGIN {
		for (n = from; n <= to; n++) {
			b0 = n % 256; b1 = int(n / 256) % 256; b2 = int(n / 65536)
			if (type == "lpm_trie")
				printf "%d.%d.%d.0_32\n", b0, b1, b2
			else if (type == "devmap_hash")
				print n
			else
				printf "@%02x%02x%02x00\n", b0, b1, b2
		}
	}' | sort
}

# devmap_hash has no batches: it is walked key by key.
for type in hash lru_hash percpu_hash lru_percpu_hash lpm_trie devmap_hash; do
	start_helper "$scratch/churn" "$top_builddir/tests/kernel/maps" churn "$type"
	dir=$mnt/@$(id_of "$type")
	raw_keys "$type" 0 49999 >permanent
	raw_keys "$type" 0 79999 >possible
	before=$failures
	for i in 1 2 3; do
		timeout "$DEADLINE" ls -f "$dir" >raw || fail "$type: ls -f ends"
		grep -vE '^\.\.?$' raw >names
		check_pass names "$type: ls -f"
		timeout "$DEADLINE" cat "$dir/.map/keys" >names || fail "$type: .map/keys ends"
		check_pass names "$type: .map/keys"
		timeout "$DEADLINE" cut -f 1 "$dir/.map/entries" >names || fail "$type: .map/entries ends"
		check_pass names "$type: .map/entries"
		timeout "$DEADLINE" cat "$dir/.map/backup" >backup || fail "$type: .map/backup ends"
		grep -v '^#' backup | cut -f 1 >names
		check_pass names "$type: .map/backup"
		is "$(tail -n 1 backup)" "# end $(wc -l <names)" "$type: the backup counts right"
	done
	ok "$type: every pass is exact" test "$failures" -eq "$before"
	end_helper "$helper_pid"
done
