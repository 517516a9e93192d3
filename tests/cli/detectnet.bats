#!/usr/bin/env bats
# The standard net detectnet-small: it is made fit for its data, brings its solver, and
# learns from nothing where shapes are, and which.  examples/bccd, smaller.

bats_require_minimum_version 1.5.0

setup_file() {
	export D=$BATS_FILE_TMPDIR
	# the recipe ends with --require 'ap50>=0.65'
	make -s -C examples/bccd small-detectnet OUT="$D" \
	    TRAIN="model-train --device cpu -j 1" >"$D/out" 2>&1 || {
		cat "$D/out"
		false
	}
}

setup() {
	cd "$BATS_TEST_TMPDIR" || exit
}

@test "a small DetectNet learns three classes that touch the same places" {
	grep -q '^AP50' "$D/out"
	# the data set's class 0, dontcare, has no map, and needs none
	[ "$(grep -c 'labels.txt' "$D/out")" -eq 0 ]
	python3 - "$D/small-grid" <<-'E'
	import json, sys
	v = [json.loads(l) for l in open(sys.argv[1] + '/train.ndjson')]
	last = [e['outputs'] for e in v if e['event'] == 'val'][-1]
	for name in 'square', 'disc', 'triangle':
	    assert last['ap50/' + name] > 0.3, last
	assert 'ap50/dontcare' not in last, last
	open('ap50', 'w').write('%.4f' % (100 * last['ap50']))
	E
	# the same by model-infer, which runs the net for use
	awk -v want="$(cat ap50)" '$1 == "AP50" { n++; d = $2 - want }
	    END { exit !(n == 1 && d < 0.5 && d > -0.5) }' "$D/out"
}

@test "it is made fit for sizes and classes, and brings its solver" {
	run model-train -v --dry-run -d "$D/shapes" -n detectnet-small -o x
	echo "$output"
	[ "$status" -eq 0 ]
	[[ "$output" == *"the net detectnet-small brings --lr 0.005 --solver adam --lr-policy cosine --warmup 1 --ema 0.98 --mean none"* ]]
	[[ "$output" == *"DetectNet finds 3 classes in pictures of 96x96"* ]]
	dset-create -q -t detection --images "$D/drawn/val/images" \
	    --labels "$D/drawn/val/labels" --classes square,disc,triangle \
	    --min-box 0 --size 100x96 -o odd >/dev/null
	run model-train --dry-run -d odd -n detectnet-small -o x
	[ "$status" -eq 3 ]
	[[ "$output" == *"takes multiples of 8"*"104x96"* ]]
	[ ! -e x ]
}

# One whose coverage is less than a place would weigh more than all others together.
@test "a box of a pixel does not outweigh the others" {
	python3 "$BATS_TEST_DIRNAME/../../examples/bccd/shapes.py" s 8 96 3
	for with in no yes; do
		[ $with = no ] || for i in 0 1 2 3 4 5 6 7; do
			echo '0 0.5 0.5 0.0105 0.0105' >>s/labels/000$i.txt
		done
		dset-create -q -t detection --images s/images --labels s/labels \
		    --val-images s/images --val-labels s/labels \
		    --classes square,disc,triangle --min-box 0 -o $with >/dev/null
		model-train -q -d $with -n detectnet-small -e 0.01 --device cpu \
		    -j 1 -o m-$with >/dev/null
	done
	python3 - <<-'E'
	import json
	def loss(m):
	    v = [json.loads(l) for l in open(m + '/train.ndjson')]
	    return [e for e in v if e['event'] == 'train'][0]['outputs']['loss_bbox']
	assert 0 < loss('m-yes') < 20 * loss('m-no'), (loss('m-yes'), loss('m-no'))
	E
}
