# SPDX-License-Identifier: GPL-2.0-or-later
#
# For tests that run the examples of the manual pages: `. tests/manual.sh` after
# tests/lib.sh.

# The pages of the daemon itself (8) show mounts, which no test runs.
manual_pages=$(cd "$top_builddir/man" && ls bpfmapfs*.[57])

# manual_blocks PAGE: each literal block of the page as plain text, in a file
# block.PAGE.N of the current directory.
manual_blocks() {
	awk -v page="$1" '
		/^\.Bd -literal/ { inside = 1; n++; next }
		/^\.Ed/ { inside = 0; next }
		inside {
			gsub(/\\\(aq/, "\047"); gsub(/\\\(ti/, "~"); gsub(/\\\(ha/, "^")
			gsub(/\\-/, "-"); gsub(/\\&/, ""); gsub(/\\e/, "\\")
			print > ("block." page "." n)
		}' "$top_builddir/man/$1"
}

# replay PROMPT BLOCK: run the commands of a block, which begin with PROMPT and a
# blank; a line that ends in a backslash goes on in the next one, behind "> ".
# Prints the commands and their output: the form of the block itself.
cat >"$scratch/replay" <<'END'
while IFS= read -r line <&3; do
	case $line in
	"$1 "*)
		printf '%s\n' "$line"
		command=${line#??}
		while [[ $line = *\\ ]] && IFS= read -r line <&3; do
			printf '%s\n' "$line"
			command=${command%\\}${line#??}
		done
		eval "$command" 3<&-
		;;
	esac
done 3<"$2"
END
replay() {
	bash "$scratch/replay" "$1" "$2"
}
