#!/usr/bin/env bats
# Nets of ONNX trained for other classes: what becomes of the net, how its pictures
# are prepared, and what it is not good for.

onnx() {
	python3 "$BATS_TEST_DIRNAME/onnxfile.py" "$@"
}

train() {
	model-train -d d --device cpu --seed 1 "$@"
}

setup_file() {
	cd "$BATS_FILE_TMPDIR" || exit
	python3 - <<-E
	import os, random
	random.seed(1)
	for c, rgb in {'blue': (20, 40, 200), 'red': (200, 40, 20)}.items():
	    os.makedirs('src/' + c)
	    for i in range(12):
	        with open('src/%s/%d.ppm' % (c, i), 'wb') as f:
	            f.write(b'P6 16 16 255\n' + bytes(
	                max(0, v + random.randrange(-20, 20)) & 255
	                for _ in range(256) for v in rgb))
	E
	dset-create -q --encoding none -o d src
}

setup() {
	cd "$BATS_TEST_TMPDIR" || exit
	ln -s "$BATS_FILE_TMPDIR/d" "$BATS_FILE_TMPDIR/src" .
}

@test "a classifier learns other classes, resumes, and answers with their names" {
	onnx m.onnx softmax nnutils.channels=RGB nnutils.mean=10,20,30 \
	    nnutils.scale=0.02 nnutils.std=1,2,4
	run train -n m.onnx -p m.onnx -o m -e 6 --lr 0.05
	[ "$status" -eq 0 ]
	[[ "$output" == *"has 3 outputs in the weights, 2 are needed"* ]]
	[[ "$output" == *"accuracy 1 "* ]]
	grep -q 'mean_value: 20' m/train_val.prototxt
	grep -q 'scale: 0.02' m/train_val.prototxt
	grep -q 'top: "input"' m/train_val.prototxt
	grep -q '"channel order": "RGB"' m/info.json
	grep -q '"preparation": "metadata"' m/info.json
	[ "$(grep -c '"Softmax"' m/deploy.prototxt)" -eq 1 ]
	! grep -q '"Softmax"' m/train_val.prototxt || false
	model-infer -m m src/red/*.ppm src/blue/*.ppm --top 1 --tsv >answers
	[ "$(grep -c 'src/red.*red' answers)" -eq 12 ]
	[ "$(grep -c 'src/blue.*blue' answers)" -eq 12 ]
	train -n m.onnx -p m.onnx -o half -e 3 --lr 0.05 --lr-policy fixed
	model-train -q -o half --resume -e 6 --device cpu
	model-infer -m half src/red/0.ppm --top 1 | grep -q red
	# a preset takes the place of all that the training did to its pictures
	model-infer -m m src/red/0.ppm src/blue/1.ppm --npy own.npy -q >/dev/null
	model-infer -m m --preset yolox src/red/0.ppm src/blue/1.ppm \
	    --npy other.npy -q >/dev/null
	model-export -q m --onnx m2.onnx
	model-import -q m2.onnx -o bare --preset yolox
	model-infer -m bare src/red/0.ppm src/blue/1.ppm --npy bare.npy -q \
	    >/dev/null
	cmp other.npy bare.npy
	! cmp -s own.npy other.npy || false
	# what was trained so is trained on, prepared as before
	train -p m -o again -e 1
	grep -q 'mean_value: 20' again/train_val.prototxt
}

@test "frozen layers stay as they were, options go over the model's" {
	onnx m.onnx
	model-import -q m.onnx -o in --preset imagenet
	train -n in -p in -o m -e 2 --freeze c1 --mean 7 --no-rgb
	model-export -q in --safetensors in.safetensors -f
	model-export -q m --safetensors m.safetensors -f
	python3 - <<-E
	import json, struct
	def read(p):
	    b = open(p, 'rb').read()
	    n = struct.unpack('<Q', b[:8])[0]
	    return {k: b[8 + n:][slice(*v['data_offsets'])]
	            for k, v in json.loads(b[8:8 + n]).items()
	            if k != '__metadata__'}
	a, b = read('in.safetensors'), read('m.safetensors')
	same = [k for k in b if a.get(k) == b[k]]
	assert same == ['c1/0', 'c1/1'], (list(a), list(b))
	i = json.load(open('m/info.json'))
	assert i['mean pixel'] == [7], i
	assert i['input std'] == [0.225, 0.224, 0.229], i
	assert 'channel order' not in i, i
	E
}

@test "scores by a convolution; without weights; without what is known" {
	onnx m.onnx conv
	run train -n m.onnx -p m.onnx -o m -e 1
	[ "$status" -eq 0 ]
	[[ "$output" == *"nothing is known of how the pictures of the model were"* ]]
	grep -A 12 'name: "c2_retrain"' m/deploy.prototxt | grep -q 'num_output: 2'
	run train -n m.onnx -o n -e 1 --mean 128 --input-scale 0.02
	[ "$status" -eq 0 ]
	grep -q '"msra"' n/train_val.prototxt
}

@test "the recipe: from a file of ONNX to another, which answers alike" {
	cd "$BATS_TEST_DIRNAME/../.." || exit
	make -s -C examples/finetune-onnx OUT="$BATS_TEST_TMPDIR/out" EPOCHS=3 \
	    >"$BATS_TEST_TMPDIR/log" 2>&1
	cd "$BATS_TEST_TMPDIR" || exit
	grep -q 'ip2 was trained for other classes: it starts anew' log
	sed -n 's/^tuned  *25 images, //p' log >a
	sed -n 's/^tuned.onnx 25 images, //p' log >b
	[ -s a ]
	cmp a b
	sed 's/top-1 \([0-9]*\).*/\1/' a >top1
	[ "$(cat top1)" -ge 40 ]
	[ "$(cat out/tuned/labels.txt)" = "$(seq 5 9)" ]
}

@test "a vision transformer whose file states its batch size takes others" {
	f=$BATS_TEST_DIRNAME/../../../shared/golden/onnx/families
	[ -d "$f" ] || skip "no shared data"
	dset-create -q --size 32x32 --encoding none -o big src
	model-import -q "$f/tv_vit/model.onnx" -o vit --preset imagenet
	run model-train -d big -n vit -p vit -o tuned -e 3 --lr 0.02 --device cpu \
	    --seed 1
	[ "$status" -eq 0 ]
	[[ "$output" == *"accuracy 1 "* ]]
}

@test "what a net is not good for is said" {
	onnx flat.onnx flat
	dset-create -q --size 24x24 --encoding none -o big src
	run model-train -d big -n flat.onnx -p flat.onnx -o x
	[ "$status" -ne 0 ]
	[[ "$output" == *"takes pictures of 16x16, and not those of big, which are 24x24"*"--size 16x16"* ]]
	[ ! -e x ]
	onnx map.onnx map
	run model-train -d d -n map.onnx -p map.onnx -o x
	[ "$status" -ne 0 ]
	[[ "$output" == *"are a map, as masks need"* ]]
	dset-create -q --gray --encoding none -o gray src
	run model-train -d gray -n flat.onnx -p flat.onnx -o x
	[ "$status" -ne 0 ]
	[[ "$output" == *"3 channels, those of gray have 1"* ]]
	cat >two.prototxt <<-E
	layer { name: "a" type: "Input" top: "a" top: "b"
	  input_param { shape { dim: 1 dim: 3 dim: 16 dim: 16 } } }
	layer { name: "s" type: "Eltwise" bottom: "a" bottom: "b" top: "s" }
	E
	run model-train -d d -n two.prototxt -o x
	[ "$status" -ne 0 ]
	[[ "$output" == *"the net has 2 inputs"* ]]
	sed 's/ top: "b"//; s/ bottom: "b"/ bottom: "a"/' two.prototxt >one.prototxt
	run model-train -d d -n one.prototxt -o x
	[ "$status" -ne 0 ]
	[[ "$output" == *"no output of the net comes from an InnerProduct"* ]]
}

@test "a map of scores is trained on masks" {
	onnx map.onnx map
	python3 - <<-E
	import os
	for d in 'pictures', 'masks':
	    os.makedirs(d)
	for i in range(8):
	    edge = 4 + i
	    rows = [[x < edge for x in range(16)] for y in range(16)]
	    open('pictures/%d.ppm' % i, 'wb').write(b'P6 16 16 255\n' + bytes(
	        v for r in rows for p in r for v in ((220, 30, 30) if p else (20, 20, 90))))
	    open('masks/%d.pgm' % i, 'wb').write(b'P5 16 16 255\n' + bytes(
	        int(p) for r in rows for p in r))
	E
	printf 'ground\nred\n' >names
	dset-create -q -t segmentation --images pictures --masks masks \
	    --class-labels names --encoding none -o m
	run model-train -d m -n map.onnx -p map.onnx -o seg -e 8 \
	    --mean 100 --input-scale 0.02 --lr 0.1 --device cpu --seed 1
	[ "$status" -eq 0 ]
	grep -q 'ignore_label: 255' seg/train_val.prototxt
	[[ "$output" == *accuracy* ]]
}
