#!/usr/bin/env bats
# Odd data sets: shown and trained from, or it is said what is wrong with them.

load odd

setup_file() {
	odd_setup dsets
}

setup() {
	cd "$D" || exit
	odd_rows dsets
}

# judge PROGRAM COMMAND...: with each data set as its last operand.
judge() {
	local i v wrong=0
	for i in "${!names[@]}"; do
		v=$(odd_verdict "${verdicts[i]}" "$1")
		rm -rf x
		cp -a "dsets/${names[i]}" before
		run timeout 30 "${@:2}" "dsets/${names[i]}"
		# the result is not of interest, what is said is
		[ "$status" -ne 0 ] || output=$(grep "^${2}: " <<<"$output" || true)
		odd_check "${names[i]}" "$v" "${words[i]}" || wrong=1
		if [ "$v" != ok ] && [ "$v" != skip ] &&
		    [[ "$output" != *"dsets/${names[i]}"* ]]; then
			echo "${names[i]}: not named: $output"
			wrong=1
		fi
		if [ -e x ] && [ "$status" -ne 0 ]; then
			echo "${names[i]}: left something"
			wrong=1
		fi
		diff -r before "dsets/${names[i]}" || wrong=1
		rm -rf before
	done
	return $wrong
}

@test "dset-show" {
	judge show dset-show
}

@test "dset-show --verify" {
	judge verify dset-show --verify
}

@test "model-train" {
	judge train model-train -n lenet -b 9 -e 1 --device cpu -o x -d
}
