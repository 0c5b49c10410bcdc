#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The scripts of contrib/recipes that need no program work as described, on maps in
# memory.

. "${top_srcdir:-.}/tests/lib.sh"
require fuse tool:bash tool:jq tool:sqlite3

recipes=$(cd "$top_srcdir/contrib/recipes" && pwd)
mount_fs memory
cd "$mnt" || exit 1
mkdir flows blocked outer spare
echo 'key={ip:ipv4,port:u16} value={packets:u64,where:{up:bool}} max_entries=8' \
	>flows/.map/def
printf 'ip=10.0.0.%d,port=%d\t{"packets":%s,"where":{"up":true}}\n' \
	1 80 7 2 443 18446744073709551615 3 53 40 >flows/.map/entries
is "$("$recipes/top" flows packets 2 | cut -f 2)" \
	"$(printf 'ip=10.0.0.2,port=443\nip=10.0.0.3,port=53')" 'top'
mkdir hits
echo 'key=char[8] value=u64' >hits/.map/def
printf '%s\t%s\n' few 5 many 70000 >hits/.map/entries
is "$("$recipes/top" hits value 1)" "$(printf '70000\tmany')" '  of values that are one number'

"$recipes/to-csv" flows >"$scratch/flows.csv"
is "$(head -n 1 "$scratch/flows.csv")" '"key","packets","where"' 'to-csv: a heading'
is "$(grep 10.0.0.3 "$scratch/flows.csv")" \
	'"{""ip"":""10.0.0.3"",""port"":53}",40,"{""up"":true}"' '  and a row for each entry'
is "$(wc -l <"$scratch/flows.csv")" 4 '  of all'
db=$scratch/maps.db
for _ in once again; do
	"$recipes/to-sqlite" flows "$db" flows
	is $? 0 'to-sqlite'
done
is "$(sqlite3 "$db" "select key ->> 'ip' from flows where value ->> 'packets' = 40")" \
	10.0.0.3 '  and select'
is "$(sqlite3 "$db" 'select count(*) from flows')" 3 '  once each'

is "$("$recipes/nearly-full" . 30)" './flows: 3 of 8 entries' 'nearly-full'
"$recipes/nearly-full" . >/dev/null
is $? 0 '  nothing at 90 percent'
is "$("$recipes/largest" . 1 | cut -f 1)" \
	"$(cut -f 8 .map/maps | sort -rn | head -n 1)" 'largest'

echo 'type=lpm_trie key=prefix(ipv4) value=u32' >blocked/.map/def
printf '10.0.0.0/8 # ours\n\n192.0.2.7\n' >"$scratch/list"
"$recipes/block-list" blocked "$scratch/list" 5
is "$(cat blocked/.map/entries)" "$(printf '10.0.0.0_8\t5\n192.0.2.7_32\t5')" 'block-list'
cat blocked/.map/def >spare/.map/def
echo 'type=array_of_maps max_entries=2 inner=blocked' >outer/.map/def
ln -s ../blocked outer/1
echo 198.51.100.1 >"$scratch/list"
is "$("$recipes/swap-list" outer 1 spare "$scratch/list")" blocked 'swap-list'
is "$(readlink outer/1)" ../spare '  swaps'
is "$(ls outer/1/)" 198.51.100.1_32 '  to the new list'

# what the recipe would do on other hosts
cat >"$scratch/ssh" <<'END'
#!/bin/sh
[ "$2" != down ] && exec sh -c "$3"
END
chmod +x "$scratch/ssh"
PATH=$scratch:$PATH "$recipes/fleet" "$mnt/blocked/.map/keys" a down b >"$scratch/out"
is $? 1 'fleet fails if a host does'
is "$(cat "$scratch/out")" "$(printf '%s\t%s\n' a 10.0.0.0_8 a 192.0.2.7_32 \
	b 10.0.0.0_8 b 192.0.2.7_32)" '  and prints the lines of the others'
cd "$scratch" || exit 1

# the tree of another host: what ssh would start there
sftp=/usr/lib/openssh/sftp-server
if command -v sshfs >/dev/null && [ -x $sftp ]; then
	printf '#!/bin/sh\nexec %s\n' $sftp >ssh
	mkdir remote
	sshfs -o "ssh_command=$scratch/ssh,direct_io" "host:$mnt" remote
	ok 'sshfs mounts it' mountpoint -q remote
	is "$(ls remote/flows)" "$(ls "$mnt/flows")" '  lists keys'
	is "$(cat remote/flows/.map/entries)" "$(cat "$mnt/flows/.map/entries")" \
		'  reads whole maps, whose size it does not know'
	echo 71000 >remote/hits/many
	is "$(cat "$mnt/hits/many")" 71000 '  and writes'
	is "$("$recipes/top" remote/hits value 1)" "$(printf '71000\tmany')" \
		'  recipes work there, too'
	umount remote
else
	note 'sshfs or sftp-server is missing: not tested'
fi
umount_fs

[ "$(id -u)" -eq 0 ] || skip 'one-group is for root'
mount_fs memory -o allow_other
mkdir "$mnt/flows" "$mnt/others"
echo 1 >"$mnt/flows/a"
chmod 711 "$scratch"
as_nobody() {
	setpriv --reuid=65534 --regid=65534 --clear-groups "$@"
}
fails_with EACCES as_nobody cat "$mnt/flows/a"
"$recipes/one-group" "$mnt" flows "$(id -gn nobody)"
is $? 0 'one-group'
is "$(as_nobody cat "$mnt/flows/a")" 1 '  the group reads'
ok '  and writes' as_nobody sh -c "echo 2 >'$mnt/flows/a'"
fails_with EACCES as_nobody ls "$mnt/others"
fails_with EACCES as_nobody ls "$mnt"
