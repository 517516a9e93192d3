#!/usr/bin/env bats
# What model-infer says of a data set, and what it writes, is what the tools of the
# trade find: COCO's evaluator, and a few lines of numpy.

load judges

setup() {
	need_judges
	cd "$BATS_TEST_TMPDIR" || exit
	mkdir m
	python3 "$BATS_TEST_DIRNAME/caffemodel.py" m/w.caffemodel known
}

# Coverage is how blue, green and red each of 4 x 4 cells is.  The box of a green one
# goes from 1 left and above its corner to 6 right and 5 below it; of a blue one it
# ends before, of a red one it begins before.
boxes_net() {
	printf 'dontcare\nblue\ngreen\nred\n' >m/labels.txt
	cat >m/deploy.prototxt <<-E
	layer { name: "data" type: "Input" top: "data"
	  input_param { shape { dim: 1 dim: 3 dim: 16 dim: 16 } } }
	layer { name: "share" type: "Power" bottom: "data" top: "share"
	  power_param { scale: 0.00392156863 } }
	layer { name: "coverage" type: "Pooling" bottom: "share" top: "coverage"
	  pooling_param { pool: AVE kernel_size: 4 stride: 4 } }
	layer { name: "s" type: "Slice" bottom: "coverage" top: "s0" top: "s1"
	  top: "s2" }
	layer { name: "l" type: "Power" bottom: "s2" top: "l"
	  power_param { scale: -8 shift: -1 } }
	layer { name: "t" type: "Power" bottom: "s2" top: "t"
	  power_param { scale: -10 shift: -1 } }
	layer { name: "r" type: "Power" bottom: "s0" top: "r"
	  power_param { scale: -5 shift: 6 } }
	layer { name: "b" type: "Power" bottom: "s0" top: "b"
	  power_param { scale: -4 shift: 5 } }
	layer { name: "bboxes" type: "Concat" bottom: "l" bottom: "t"
	  bottom: "r" bottom: "b" top: "bboxes" }
	E
}

@test "the file of --coco has the twelve figures of COCO's own evaluator" {
	boxes_net
	judge "$BATS_TEST_DIRNAME/judges.py" streets s 36
	dset-create -q -t detection --images s/images --labels s/labels \
	    --val-images s/images --val-labels s/labels --label-format kitti \
	    --classes blue,green,red --min-box 0 -o d
	dset-show d -p val --export e --label-format coco >/dev/null
	model-infer --device cpu -m m -d d -p val --coco found.json --json \
	    --summary >out
	judge "$BATS_TEST_DIRNAME/judges.py" coco \
	    e/annotations/instances_val.json found.json >want
	python3 - <<-'E'
	import json
	want = json.load(open('want'))
	have = json.load(open('out'))['summary']
	for k, v in want.items():
	    assert v is not None and 0 < v < 1, want
	    assert abs(have[k] - v) < 1e-9, (k, have, want)
	E
}

@test "masks and their figures are those of numpy" {
	cat >m/deploy.prototxt <<-E
	layer { name: "data" type: "Input" top: "data"
	  input_param { shape { dim: 1 dim: 3 dim: 144 dim: 96 } } }
	layer { name: "prob" type: "Softmax" bottom: "data" top: "prob" }
	E
	printf 'blue\ngreen\nred\n' >m/labels.txt
	judge "$BATS_TEST_DIRNAME/judges.py" streets s 12
	mkdir k
	python3 - "$BATS_TEST_DIRNAME" <<-'E'
	import os, random, sys
	sys.path.insert(0, sys.argv[1])
	from masks import write
	rnd = random.Random(3)
	for n in sorted(os.listdir('s/images')):
	    write('k/' + n[:2] + '.png', 96, 144, '0000ff00ff00ff0000',
	        ['%dx48' % rnd.choice((0, 0, 0, 1, 2, 255)) for _ in range(2 * 144)])
	E
	dset-create -q -t segmentation --images s/images --masks k \
	    --val-images s/images --val-masks k --class-labels m/labels.txt \
	    --no-shuffle -o d
	dset-show d -p val --export e >/dev/null
	model-infer --device cpu -m m --view segmentation -d d -p val \
	    --masks found --json --summary >out
	judge "$BATS_TEST_DIRNAME/judges.py" masks 3 e/val/masks found >want
	python3 - <<-'E'
	import json
	want = json.load(open('want'))
	have = json.load(open('out'))['summary']
	for k, v in want.items():
	    assert 0.1 < v < 0.9 and abs(have[k] - v) < 1e-9, (k, have, want)
	E
}
