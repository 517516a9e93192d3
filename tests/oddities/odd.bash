# Reads the tables that the scripts of this folder write beside what they make
# (odd.py): name TAB verdict TAB words. Source this.

load ../cli/small

# odd_setup KIND: $D, with one of everything; $D/KIND and its table.
odd_setup() {
	export D=$BATS_FILE_TMPDIR
	small_make "$D"
	python3 "$BATS_TEST_DIRNAME/$1.py" "$D/$1" "$PWD"
}

# odd_rows KIND: sets kind, names, verdicts and words.
odd_rows() {
	local n v w
	kind=$1
	names=() verdicts=() words=()
	while IFS=$'\t' read -r n v w; do
		names+=("$n") verdicts+=("$v") words+=("$w")
	done <"$D/$1.table"
}

# odd_crashed NAME: does $output tell of a crash?
odd_crashed() {
	if [ "$status" -ge 124 ] ||
	    grep -q 'Sanitizer\|runtime error\|Segmentation' <<<"$output"; then
		echo "$1: exit $status: $output"
		return 0
	fi
	return 1
}

# odd_line NAME WORDS FILE: a line of FILE has the name and then the words.
odd_line() {
	awk -v name="$1: " -v words="$2" '
		(i = index($0, name)) && index(substr($0, i), words) { found = 1 }
		END { exit !found }' "$3"
}

# odd_check NAME VERDICT WORDS: did the last run come to that?
odd_check() {
	local want=$2
	case $2 in
	ok | said) want=0 ;;
	bad) want=1 ;;
	esac
	! odd_crashed "$1" || return 1
	if [ "$status" -ne "$want" ]; then
		echo "$1: exit $status, not $want: $output"
		return 1
	fi
	if [ "$2" = ok ] && [ -n "$output" ]; then
		echo "$1: says: $output"
		return 1
	fi
	if [ "$2" != ok ] && [[ "$output" != *"$3"* ]]; then
		echo "$1: does not say \"$3\": $output"
		return 1
	fi
}

# odd_refused NAME: whose run failed, does $output name it, and is x not there?
odd_refused() {
	if [[ "$output" != *"$1"* ]]; then
		echo "$1: not named: $output"
		return 1
	fi
	if [ -e x ]; then
		echo "$1: left something"
		return 1
	fi
}

# odd_each KEY PROGRAM COMMAND...: runs COMMAND KIND/NAME for each odd thing that
# KEY does not skip, and checks what came of it.  Of a run that did not fail only
# what PROGRAM says counts, not its result.
odd_each() {
	local i v wrong=0
	for i in "${!names[@]}"; do
		v=$(odd_verdict "${verdicts[i]}" "$1")
		[ "$v" != skip ] || continue
		rm -rf x
		run "${@:3}" "$kind/${names[i]}"
		[ "$status" -gt 1 ] || output=$(grep "^$2: " <<<"$output" |
		    grep -v 'top-5 says nothing' || true)
		odd_check "${names[i]}" "$v" "${words[i]}" || wrong=1
		[[ $v != [2-9] ]] || odd_refused "${names[i]}" || wrong=1
	done
	return $wrong
}

# odd_verdict VERDICTS PROGRAM: of "3,train=ok" that of the program.
odd_verdict() {
	local v=${1%%,*}
	if [[ $1 == *",$2="* ]]; then
		v=${1#*,"$2"=}
		v=${v%%,*}
	fi
	echo "$v"
}
