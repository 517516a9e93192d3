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

@test "net-show" {
	odd_each show net-show timeout 20 net-show -q
}

@test "model-train, for a data set of three classes" {
	odd_each train model-train timeout 20 model-train -q --dry-run -d dset \
	    --device cpu -o x -n
}

@test "model-import" {
	python3 "$BATS_TEST_DIRNAME/../cli/caffemodel.py" w.caffemodel net ip:3x784,3
	odd_each import model-import timeout 20 model-import -o x \
	    --labels m/labels.txt --weights w.caffemodel --net
}
