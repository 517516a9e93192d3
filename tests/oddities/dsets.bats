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

# leaves COMMAND... FOLDER: runs it; the folder is as it was.
leaves() {
	local rc=0
	rm -rf before
	cp -a "${*: -1}" before
	timeout 30 "$@" || rc=$?
	diff -r before "${*: -1}" || return 125
	return $rc
}

@test "dset-show" {
	odd_each show dset-show leaves dset-show
}

@test "dset-show --verify" {
	odd_each verify dset-show leaves dset-show --verify
}

@test "model-train" {
	odd_each train model-train leaves model-train -n lenet -b 9 -e 1 \
	    --device cpu -o x -d
}
