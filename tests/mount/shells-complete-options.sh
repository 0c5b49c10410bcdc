#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Completion in bash, zsh and fish, by typing into each shell: options, stores,
# names of maps, values of -o.

. "${top_srcdir:-.}/tests/lib.sh"
require fuse terminal tool:bash tool:zsh tool:fish tool:python3

# Shells look into all mounts of the kind: not into those of other tests, whose daemons
# may be stopped.
if [ "$*" != alone ] && [ -z "$(missing root)$(missing namespace)" ]; then
	unshare -m "$top_srcdir/tests/mount/shells-complete-options.sh" alone
	exit
fi
if [ "$*" = alone ]; then
	awk '$3 == "fuse.bpfmapfs" { print $2 }' /proc/self/mounts | while read -r dir; do
		umount -l "$dir"
	done
fi

completion=$(cd "$top_srcdir/contrib/completion" && pwd)
mount_fs memory
mkdir "$mnt/flows" "$mnt/%2Ebss" places places/here

# What the shells call: prints its arguments, but --help is the daemon's.
cat >bash.rc <<END
PS1='>' PATH=$scratch:\$PATH
. $completion/bpfmapfs.bash
END
mkdir zsh
cat >zsh/.zshrc <<END
PS1='>' PATH=$scratch:\$PATH
fpath=($completion \$fpath)
autoload -Uz compinit && compinit -u -D
END
cat >bpfmapfs <<END
#!/bin/sh
[ "\$1" != --help ] || exec "$daemon" --help
printf '<%s>' "\$@" END
echo
END
cat >bpftool <<'END'
#!/bin/sh
echo '7: hash  name kept  flags 0x0'
echo '	key 4B  value 4B  max_entries 1  memlock 4096B'
END
chmod +x bpfmapfs bpftool

# Type a line, Tab and Return; print the arguments that the command got.
cat >type.py <<'END'
import os, pty, re, select, sys, time
line, argv = sys.argv[1], sys.argv[2:]
deadline = time.time() + int(os.environ.get("TEST_DEADLINE", 30))
pid, fd = pty.fork()
if pid == 0:
    os.environ["TERM"] = "dumb"
    os.execvp(argv[0], argv)
seen = b""
def until(what):
    global seen
    while not re.search(what, seen):
        if not select.select([fd], [], [], max(0, deadline - time.time()))[0]:
            sys.exit("no %r in %r" % (what, seen))
        seen += os.read(fd, 4096)
until(b">")
seen = b""
os.write(fd, ("bpfmapfs " + line + "\t").encode())
until(b"bpfmapfs ")
os.write(fd, b"\r")
until(b"<END>")
print(re.search(rb"(<[^\r\n]*)<END>", seen).group(1).decode())
os.close(fd)
END

# completes LINE ARGUMENTS: in bash and zsh, which takes back the slash that it adds
# to a directory
completes() {
	is "$(python3 type.py "$1" bash --rcfile bash.rc -i)" "$2" "bash: $1"
	zsh_args=$(ZDOTDIR=$scratch/zsh python3 type.py "$1" zsh -i)
	is "$zsh_args" "$(echo "$2" | sed 's,/>,>,')" "zsh: $1"
}
# offers LINE WORD: fish has WORD among the candidates
offers() {
	PATH=$scratch:$PATH HOME=$scratch fish -c "source $completion/bpfmapfs.fish
		complete -C 'bpfmapfs $1'" 2>&1 | cut -f 1 >offered
	ok "fish: $1" grep -qxF -e "$2" offered
}
completes 'mem' '<memory>'
completes 'kernel pla' '<kernel><places/>'
completes '--vers' '<--version>'
completes '-o nonem' '<-o><nonempty>'
completes '-o ro,nonem' '<-o><ro,nonempty>'
completes '-o ro,uma' '<-o><ro,umask=>'
completes '-o pins=r' '<-o><pins=r>'
completes '-o pins=rw,bpf' '<-o><pins=rw,bpffs=>'
completes '-o maps=flo' '<-o><maps=flows>'
completes '-o maps=ke' '<-o><maps=kept>'
completes '-o ro,maps=x:flo' '<-o><ro,maps=x:flows>'
completes '-o bpffs=places/he' '<-o><bpffs=places/here/>'
offers 'mem' memory
offers 'kernel pla' places/
offers '--vers' --version
offers '-o nonem' nonempty
offers '-o ro,nonem' ro,nonempty
offers '-o ro,uma' ro,umask=
offers '-o pins=r' pins=rw
offers '-o maps=' maps=flows
offers '-o maps=' maps=.bss
offers '-o maps=' maps=kept
offers '-o bpffs=places/he' bpffs=places/here/
