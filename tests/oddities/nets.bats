#!/usr/bin/env bats
# Odd nets: built, or refused with a sentence that names file and line or layer.

load odd

setup_file() {
	odd_setup nets
}

setup() {
	cd "$D" || exit
	odd_rows nets
}

# judge PROGRAM COMMAND...: with each net as its last operand; PROGRAM's verdict.
judge() {
	local i v wrong=0
	for i in "${!names[@]}"; do
		v=$(odd_verdict "${verdicts[i]}" "$1")
		[ "$v" != skip ] || continue
		rm -rf x
		run timeout 20 "${@:2}" "nets/${names[i]}"
		if [ "$v" = ok ]; then
			odd_check "${names[i]}" 0 "" || wrong=1
			continue
		fi
		if [ "$v" = said ]; then
			odd_check "${names[i]}" 0 "${words[i]}" || wrong=1
			continue
		fi
		odd_check "${names[i]}" "$v" "${words[i]}" || wrong=1
		if [[ "$output" != *"nets/${names[i]}"* ]]; then
			echo "${names[i]}: not named: $output"
			wrong=1
		fi
		if [ -e x ]; then
			echo "${names[i]}: left something"
			wrong=1
		fi
	done
	return $wrong
}

@test "net-show" {
	judge show net-show -q
}

@test "model-train, for a data set of three classes" {
	judge train model-train -q --dry-run -d dset --device cpu -o x -n
}

@test "model-import" {
	python3 "$BATS_TEST_DIRNAME/../cli/caffemodel.py" w.caffemodel net ip:3x784,3
	judge import model-import -o x --labels m/labels.txt \
	    --weights w.caffemodel --net
}
