#!/usr/bin/env bats
# Odd lists of pictures: line i is record i, or it is said what is wrong.

load odd

setup_file() {
	odd_setup lists
}

setup() {
	cd "$D" || exit
	odd_rows lists
}

# judge PROGRAM COMMAND...: with each list as its last operand.
judge() {
	local i v wrong=0
	for i in "${!names[@]}"; do
		v=$(odd_verdict "${verdicts[i]}" "$1")
		[ "$v" != skip ] || continue
		rm -rf x
		run timeout 30 "${@:2}" "lists/${names[i]}"
		output=$(grep "^${2}: " <<<"$output" |
		    grep -v 'top-5 says nothing' || true)
		output=${output#"${2}: x: "}
		odd_check "${names[i]}" "$v" "${words[i]}" || wrong=1
		case $v in
		[2-9])
			[[ "$output" == *"${names[i]}"* ]] || {
				echo "${names[i]}: not named: $output"
				wrong=1
			}
			[ ! -e x ] || {
				echo "${names[i]}: left something"
				wrong=1
			} ;;
		esac
	done
	return $wrong
}

@test "dset-create --list" {
	judge create dset-create --gray --size 28x28 --val 0 --no-shuffle -o x --list
}

@test "model-infer --list" {
	judge infer model-infer -m m --top 1 --list
}

@test "line i of train.txt is record i, and reads back" {
	for n in plain crlf quoted names 'with-a b' 'with-%d'; do
		rm -rf x y
		dset-create -q --gray --size 28x28 --val 0 -o x --list "lists/$n" >/dev/null
		labels=()
		[ ! -s x/labels.txt ] || labels=(--labels x/labels.txt)
		dset-create -q --gray --size 28x28 --val 0 --no-shuffle -o y \
		    "${labels[@]}" --list x/train.txt >/dev/null
		dset-show --diff y x
		cmp x/train.txt y/train.txt
	done
}
