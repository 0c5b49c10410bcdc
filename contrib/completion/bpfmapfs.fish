# SPDX-License-Identifier: GPL-2.0-or-later
#
# Completion for fish. Options come from --help, names of maps from mounts of bpfmapfs
# and from bpftool.

function __bpfmapfs_maps
	for line in (string match -e ' fuse.bpfmapfs ' </proc/self/mounts)
		set -l dir (string split ' ' $line)[2]
		path basename $dir/*/ | string match -v 'by-*' |
			string replace -r '@.*' '' | string replace -r '^%2E' .
	end
	bpftool map 2>/dev/null | string match -rg '^\d+: \w+  name (\S+)'
end

# "NAME" or "NAME=" and a description for each row of --help, with values if they are
# known.
function __bpfmapfs_o
	bpfmapfs --help | string replace -rf '^  -o ([a-z_]+=?)\S*\s+(.*)' '$1\t$2'
	printf 'pins=%s\n' ro rw
	printf 'maps=%s\n' (__bpfmapfs_maps)
	printf 'size=%s\n' 64m 256m 512m 1g 2g
	printf 'umask=%s\n' 077 027 022
	printf 'uid=%s\n' (__fish_complete_users | string replace -r '\t.*' '')
	printf 'gid=%s\n' (__fish_complete_groups | string replace -r '\t.*' '')
	for name in pin bpffs
		printf "$name=%s\n" (__fish_complete_directories (commandline -ct |
			string replace -rf ".*\b$name=" '') | string replace -r '\t.*' '')
	end
end

complete -c bpfmapfs -f
complete -c bpfmapfs -s o -x -d 'Mount options' -a '(__fish_complete_list , __bpfmapfs_o)'
complete -c bpfmapfs -s h -l help -d 'Show help'
complete -c bpfmapfs -s V -l version -d 'Show the version'
complete -c bpfmapfs -s f -d 'Stay in the foreground'
complete -c bpfmapfs -s d -d 'Log every request and operation'
complete -c bpfmapfs -s r -d 'Mount read-only'
complete -c bpfmapfs -a 'kernel memory auto' -d 'Store'
complete -c bpfmapfs -a '(__fish_complete_directories)'
