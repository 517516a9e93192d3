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

@test "dset-create --list" {
	odd_each create dset-create timeout 30 dset-create --gray --size 28x28 \
	    --val 0 --no-shuffle -o x --list
}

@test "model-infer --list" {
	odd_each infer model-infer timeout 30 model-infer -m m --top 1 --list
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
