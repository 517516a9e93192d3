#!/usr/bin/env bats
# The recipe of examples/kitti, smaller: a DetectNet learns to find boxes.

setup() {
	export OUT=$BATS_TEST_TMPDIR/out
}

@test "a small DetectNet finds the cars" {
	run make -s -C examples/kitti OUT="$OUT" COUNT=48 EPOCHS=40 \
	    GATE='ap50>=0.5'
	echo "$output"
	[ "$status" -eq 0 ]
	[[ "$output" == *ap50* ]]
	[ "$(find "$OUT/found" -name '*.png' | wc -l)" -eq 5 ]
	# what validation said is what model-infer says
	python3 - "$OUT" <<-'E'
	import json, subprocess, sys
	out = sys.argv[1]
	last = [m for m in map(json.loads, open(out + '/net/train.ndjson')) if 'ap50' in str(m)][-1]
	s = json.loads(subprocess.run(['model-infer', '-m', out + '/net', '-d', out + '/cars',
	    '--summary', '--json', '--device', 'cpu'], capture_output=True, text=True).stdout)['summary']
	text = json.dumps(last)
	for name in 'ap50', 'ap', 'ap75', 'voc07':
	    at = text.index('"%s": ' % name) + len(name) + 4
	    have = float(text[at:].split(',')[0].split('}')[0])
	    assert abs(have - s[name]) < 1e-4, (name, have, s[name])
	E
}

# As pictures of a data set were padded, so are those that are asked about.
@test "pictures smaller than those learned from are padded, not distorted" {
	examples/kitti/streets "$BATS_TEST_TMPDIR/s" 4 3
	cd "$BATS_TEST_TMPDIR"
	dset-create -q -t detection --images s/images --labels s/labels \
	    --pad 320x192 --min-box 0 --size 80x48 -o padded
	grep -A3 '"padding"' padded/dataset.json | grep -q '"width": 320'
	mkdir m
	cat >m/deploy.prototxt <<-E
	layer { name: "data" type: "Input" top: "data"
	  input_param { shape { dim: 1 dim: 3 dim: 48 dim: 80 } } }
	layer { name: "out" type: "Power" bottom: "data" top: "out" }
	E
	python3 "$OLDPWD/tests/cli/caffemodel.py" m/w.caffemodel none
	printf '{"image dimensions": [48, 80, 3], "image padding": [192, 320]}' >m/info.json
	model-infer -q --device cpu -m m --npy a.npy s/images/000001.ppm >got
	dset-show padded --export out >got
	# the record of that picture is what the net saw
	model-infer -q --device cpu -m m --npy b.npy --db padded/train_db >got
	python3 - <<-'E'
	import struct
	def rows(path):
	    b = open(path, 'rb').read()
	    n = 10 + struct.unpack('<H', b[8:10])[0]
	    one = 3 * 48 * 80 * 4
	    return [b[n + i:n + i + one] for i in range(0, len(b) - n, one)]
	a, b = rows('a.npy'), rows('b.npy')
	assert len(a) == 1 and len(b) == 4 and a[0] in b
	E
	printf '{"image dimensions": [48, 80, 3], "image padding": [0, 320]}' >m/info.json
	run model-infer -q --device cpu -m m s/images/000001.ppm
	[ "$status" -eq 3 ]
	[[ "$output" == *"info.json: image padding is "*"[height, width] is meant"* ]]
}

@test "detectnet is made fit for pictures of another size and several classes" {
	examples/kitti/streets "$BATS_TEST_TMPDIR/s" 4 3
	cd "$BATS_TEST_TMPDIR"
	sed -i 's/^Car/Van/' s/labels/000001.txt
	dset-create -q -t detection --images s/images --labels s/labels \
	    --val-images s/images --val-labels s/labels --min-box 0 \
	    --classes car,van -o two
	run model-train -v -d two -n detectnet --dry-run -o m
	echo "$output"
	[ "$status" -eq 0 ]
	[[ "$output" == *"DetectNet finds 2 classes in pictures of 160x96"* ]]
	dset-create -q -t detection --images s/images --labels s/labels \
	    --min-box 0 --size 100x96 -o odd
	run model-train -d odd -n detectnet --dry-run -o m
	[ "$status" -eq 3 ]
	[[ "$output" == *"multiples of 16"*"112x96"* ]]
}
