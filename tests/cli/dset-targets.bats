#!/usr/bin/env bats
# dset-create -t image, and its sets in dset-show and model-train: pictures and the
# pictures that are to be made of them.

bats_require_minimum_version 1.5.0

setup() {
	cd "$BATS_TEST_TMPDIR" || exit
}

# picture FILE W H GRAY: a gray picture.
picture() {
	mkdir -p "$(dirname "$1")"
	python3 -c "print('P2', $2, $3, 255, *[$4] * ($2 * $3))" >"$1"
}

# Four pictures of 4x2, and targets of 8x4 that are lighter by 100.
make_set() {
	for i in 1 2 3 4; do
		picture images/$i.pgm 4 2 $((i * 10))
		picture targets/$i.pgm 8 4 $((i * 10 + 100))
	done
}

create() {
	dset-create -t image --images images --gray --val 0 --no-shuffle "$@"
}

# pixels FILE.png: its size and the greys that it has.
pixels() {
	python3 - "$1" <<'END'
import struct, sys, zlib
b = open(sys.argv[1], 'rb').read()
w, h, bits, kind = struct.unpack('>IIBB', b[16:26])
at, data = 8, b''
while at < len(b):
    n = struct.unpack('>I', b[at:at + 4])[0]
    data += b[at + 8:at + 8 + n] if b[at + 4:at + 8] == b'IDAT' else b''
    at += 12 + n
raw, c = zlib.decompress(data), {0: 1, 2: 3}[kind]
up, row = bytes(w * c), w * c + 1
seen = set()
for y in range(h):
    f, r = raw[y * row], bytearray(raw[y * row + 1:(y + 1) * row])
    for x in range(w * c):
        a, d = (r[x - c], up[x - c]) if x >= c else (0, 0)
        p = a + up[x] - d
        best = min((abs(p - v), i, v) for i, v in enumerate((a, up[x], d)))[2]
        r[x] = (r[x] + [0, a, up[x], (a + up[x]) // 2, best][f]) & 255
    up = bytes(r)
    seen |= set(r)
print('%dx%dx%d' % (w, h, c), *sorted(seen))
END
}

@test "pairs by their stems, each of its own size; exported and read again" {
	make_set
	create --targets targets -o d
	grep -q '^images/2.pgm	targets/2.pgm$' d/train.txt
	python3 - <<'END'
import json
j = json.load(open('d/dataset.json'))
assert j['task'] == 'image' and j['classes'] == [], j
assert j['shape'] == {'channels': 1, 'height': 2, 'width': 4}
assert j['columns'] == [{'name': 'label', 'kind': 'image', 'shape':
                         {'channels': 1, 'height': 4, 'width': 8}}]
assert j['options']['image']['train'] == {
    'images': 'images', 'targets': 'targets', 'list': None}
assert j['mean']['pixel'] == [25]
END
	dset-show d --export e
	[ "$(pixels e/train/images/000000001.png)" = '4x2x1 20' ]
	[ "$(pixels e/train/targets/000000001.png)" = '8x4x1 120' ]
	dset-create -t image --gray --val 0 --no-shuffle --images e/train/images \
	    --targets e/train/targets -o f
	cmp d/train_db/features/data.mdb f/train_db/features/data.mdb
	cmp d/train_db/labels/data.mdb f/train_db/labels/data.mdb
	dset-show d --verify
	# 4 and 8 beside each other and 2 between them, each nine times as large, 4 around.
	dset-show d --montage m.png --count 1
	[ "$(pixels m.png)" = '134x44x3 10 110 255' ]
	# In HDF5, and on other threads.
	create --targets targets -j 4 -o g
	cmp d/train_db/labels/data.mdb g/train_db/labels/data.mdb
	create --targets targets --backend hdf5 -o h
	dset-show h --export i
	[ "$(pixels i/train/targets/*1.png)" = '8x4x1 120' ]
}

@test "sizes and channels of both: asked for, kept, or refused" {
	make_set
	create --targets targets --size 6x6 --target-size 3x5 --target-color -o d
	dset-show d --export e
	[ "$(pixels e/train/images/000000000.png)" = '6x6x1 10' ]
	[ "$(pixels e/train/targets/000000000.png)" = '3x5x3 110' ]
	picture targets/3.pgm 5 5 7
	run -3 create --targets targets --size 6x6 -o f
	[[ "$output" = *"targets/3.pgm: 5x5 pixels, where targets/1.pgm has 8x4: --target-size WxH makes them alike, --no-same-shape keeps them as they are"* ]]
	picture images/3.pgm 5 5 7
	run -3 create --targets targets --target-size 6x6 -o f
	[[ "$output" = *"images/3.pgm: 5x5 pixels, where images/1.pgm has 4x2: --size WxH makes them alike"* ]]
	[ ! -e f ]
	create --targets targets --no-same-shape -o f
	dset-show f --export g
	[ "$(pixels g/train/targets/000000002.png)" = '5x5x1 7' ]
	[ "$(pixels g/train/targets/000000003.png)" = '8x4x1 140' ]
	run -2 create --targets targets --no-same-shape --backend hdf5 --size 3x3 -o h
	[[ "$output" = *"--size WxH and --target-size WxH"* ]]
}

@test "a picture is its own target, also what it was before it became small" {
	make_set
	create -o d
	dset-show d --export i
	cmp i/train/images/000000003.png i/train/targets/000000003.png
	create --size 2x1 --target-size 4x2 -o e
	dset-show e --export f
	[ "$(pixels f/train/images/000000000.png)" = '2x1x1 10' ]
	[ "$(pixels f/train/targets/000000000.png)" = '4x2x1 10' ]
	dset-create -t image --images images --val 0 --no-shuffle --target-gray -o g
	dset-show g --export h
	[ "$(pixels h/train/images/000000000.png)" = '4x2x3 10' ]
	[ "$(pixels h/train/targets/000000000.png)" = '4x2x1 10' ]
}

@test "a tenth is for validation; or other folders, or lists of stems" {
	for i in 0 1 2 3 4 5 6 7 8 9; do picture images/$i.pgm 2 1 "$i"; done
	dset-create -t image --images images -o d
	[ "$(wc -l <d/train.txt)" -eq 9 ] && [ "$(wc -l <d/val.txt)" -eq 1 ]
	dset-create -t image --images images --val-images images \
	    --duplicates ignore -o e
	[ "$(wc -l <e/val.txt)" -eq 10 ]
	printf '3\n5\n' >train.txt
	printf '4\n' >val.txt
	dset-create -t image --images images --no-shuffle --list train.txt \
	    --val-list val.txt -o f
	[ "$(cut -f 2 f/train.txt)" = "$(printf 'images/3.pgm\nimages/5.pgm')" ]
}

@test "bad pairs are named and left out" {
	make_set
	rm targets/1.pgm
	echo no >targets/2.pgm
	picture targets/9.pgm 8 4 1
	run -1 --separate-stderr create --targets targets -o d
	[[ "$stderr" = *"images/1.pgm: no target in targets is called 1"* ]]
	[[ "$stderr" = *"images/2.pgm: targets/2.pgm: "* ]]
	[[ "$stderr" = *"targets/9.pgm: a target without a picture: none in images is called 9"* ]]
	[ "$(wc -l <d/train.txt)" -eq 2 ]
	run -3 create --targets targets --max-bad 1 -o e
	[ ! -e e ]
	mkdir empty
	run -3 create --targets empty -o e
	[[ "$output" = *"empty: no targets"* ]]
	run -4 create --targets nowhere -o e
	run -2 dset-create -t image -o e
	[[ "$output" = *"--type image needs --images DIR"* ]]
	run -2 dset-create -t image --images images --labels x -o e
	run -2 create --targets targets --val-images images -o e
	run -2 create --exif -o e
	run -2 create --target-color --target-gray -o e
	[ ! -e e ]
}

# net: 2x2 of each pixel.
net() {
	local s
	for s in train val; do
		echo "layer { name: \"data\" type: \"Data\" top: \"data\" include { stage: \"$s\" } }"
		echo "layer { name: \"label\" type: \"Data\" top: \"label\" include { stage: \"$s\" } }"
	done
	cat <<'END'
layer { name: "input" type: "Input" top: "data" include { stage: "deploy" }
  input_param { shape { dim: 1 dim: 1 dim: 2 dim: 4 } } }
layer { name: "scale" type: "Power" bottom: "data" top: "scaled"
  power_param { scale: 0.01 } }
layer { name: "up" type: "Deconvolution" bottom: "scaled" top: "up"
  convolution_param { num_output: 1 kernel_size: 2 stride: 2
    weight_filler { type: "constant" value: 0.5 } } }
layer { name: "small" type: "Power" bottom: "label" top: "target"
  power_param { scale: 0.01 } exclude { stage: "deploy" } }
layer { name: "loss" type: "EuclideanLoss" bottom: "up" bottom: "target"
  top: "loss" exclude { stage: "deploy" } }
END
}

@test "a net learns to make the one of the other; the autoencoder needs no labels" {
	make_set
	net >net.prototxt
	dset-create -t image --images images --targets targets --gray --val 25 -o d
	model-train -q -d d -n net.prototxt --mean none -b 3 -e 300 --lr 0.05 --seed 1 -o m
	# Lighter by 100: 1 as the net has it.
	model-infer -m m images/4.pgm --npy out.npy >/dev/null 2>&1
	python3 - <<'END'
import struct
b = open('out.npy', 'rb').read()
v = struct.unpack('<32f', b[-128:])
assert all(abs(x - 1.4) < .05 for x in v), v
END
	for i in 1 2 3 4 5 6; do picture digits/$i.pgm 28 28 $((i * 40)); done
	dset-create -t image --images digits --gray --val 34 -o a
	model-train -q -d a -n autoencoder -e 1 -b 2 -o am
	grep -q '/a/train_db/features"' am/train_val.prototxt
}
