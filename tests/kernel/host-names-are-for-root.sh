#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Only root sees names of this host, including kernel symbols, in values of the kernel's
# maps.

. "${top_srcdir:-.}/tests/lib.sh"
require fuse root bpf tool:setpriv tool:bash tool:python3
. "$top_srcdir/tests/host-names.sh"
mount_fs kernel -o allow_other
chmod 755 "$mnt"
chmod 755 "$scratch"
cd "$mnt" || exit 1
p=h$$_
try_host_names kernel

note 'symbols'
address=$(awk '$3 == "vfs_read" { print $1 }' /proc/kallsyms)
define "${p}s" 'key=u32 value={ip:ksym,n:u64}'
echo "{\"ip\":\"0x$address\",\"n\":1}" >"${p}s/1"
reads_as "${p}s/1" '{"ip":"vfs_read+0x0","n":1}' "{\"ip\":\"0x$address\",\"n\":1}"
echo '{"ip":16,"n":1}' >"${p}s/1"
reads_as "${p}s/1" '{"ip":"0x0000000000000010","n":1}' '{"ip":"0x0000000000000010","n":1}'
append_fails EINVAL "${p}s/1" '{"ip":"vfs_read+0x0"}'
logged "${p}s" 'expected a number (symbols can be read, but not written)'
ok 'the kernel keeps the type' grep -q bpfmapfs_ksym "${p}s/.map/btf"
define "${p}v" 'key=u32 value=u64[2]'
echo "[$((0x$address + 16)),0]" >"${p}v/1" 2>/dev/null ||
	echo "[\"0x$address\",0]" >"${p}v/1"
echo show=ksym >"${p}v/.map/def"
ok 'each element of an array' grep -Eqx '\["vfs_read\+0x[01]+","0x0000000000000000"\]' "${p}v/1"
ok '  as a number' as_nobody grep -Eqx '\["0x[0-9a-f]{16}","0x0{16}"\]' "${p}v/1"
write_fails EINVAL "${p}s/.map/def" show=ip:ksym,n:ifname

note 'an interface with a name that is a number'
cat >"$scratch/alone" <<'END'
#!/bin/sh
# A command in a network namespace whose only interface is called 5.
exec unshare -n sh -c 'ip link set lo name 5 && exec "$@"' sh "$@"
END
chmod +x "$scratch/alone"
if ! unshare -n ip link set lo name 5 2>/dev/null; then
	note 'left out: interfaces cannot be renamed here'
	exit
fi
FS_RUN="$scratch/alone ${FS_RUN-}"
mount_fs kernel
is "$(cat "$mnt/${p}t/10.0.0.0_8")" 1 'is shown by its index'
umount_fs
is "$(cat "${p}t/10.0.0.0_8")" lo "in the daemon's namespace it has a name"
