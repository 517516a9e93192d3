#!/usr/bin/env bats
# model-import and model-infer of files of ONNX: how pictures are prepared, as options,
# the file, and the files beside it say.

onnx() {
	python3 "$BATS_TEST_DIRNAME/onnxfile.py" "$@"
}

info() { # MODEL KEY: the value, on one line
	python3 -c '
import json, sys
print(json.dumps(json.load(open(sys.argv[1] + "/info.json")).get(sys.argv[2])))
' "$@"
}

setup() {
	cd "$BATS_TEST_TMPDIR" || exit
	{
		echo 'P6 20 16 255'
		seq 1 999 | head -c 960
	} >p.ppm
	onnx m.onnx softmax
}

@test "a file of ONNX becomes a folder that answers as it does" {
	model-import m.onnx -o m --preset imagenet
	[ -f m/deploy.prototxt ]
	[ "$(info m "channel order")" = '"RGB"' ]
	[ "$(info m "input std")" = '[0.229, 0.224, 0.225]' ]
	[ "$(info m "image dimensions")" = '[16, 16, 3]' ]
	model-infer -m m p.ppm >a
	model-infer -m m.onnx --preset imagenet p.ppm >b
	cmp a b
	model-infer -m m.onnx --preset tf -q p.ppm >b
	! cmp a b || false
}

@test "what nobody says of the preparation is said" {
	run model-import m.onnx -o m
	[ "$status" -eq 0 ]
	[[ "$output" == *"m.onnx: nothing is known of how its pictures"* ]]
	[ "$(info m preparation)" = '"unknown"' ]
	for what in m m.onnx; do
		run model-infer -m $what p.ppm
		[ "$status" -eq 0 ]
		[ "$(grep -c "$what: nothing is known" <<<"$output")" -eq 1 ]
	done
	run model-infer -m m --preset caffe p.ppm
	[[ "$output" != *"nothing is known"* ]]
	run model-import m.onnx -o n --bgr
	[[ "$output" == *"pictures: B G R, resized by squash to 16x16 (bilinear), 0 to 255 as they are (options)"* ]]
	model-infer -m n p.ppm >a 2>err
	[ ! -s err ]
	model-infer -q -m m.onnx p.ppm >b
	cmp a b
}

@test "options go over what is known, and presets are what they say" {
	onnx n.onnx nnutils.channels=RGB nnutils.mean=1,2,3 nnutils.scale=0.5 \
	    nnutils.std=4 "nnutils.labels=$(printf 'a\nb\nc')"
	run model-import n.onnx -o a
	[[ "$output" == *"(x - 1,2,3) * 0.5 / 4 for x from 0 to 255 (metadata)"* ]]
	[ "$(cat a/labels.txt)" = "$(printf 'a\nb\nc')" ]
	model-import n.onnx -o b --mean 7 --bgr -q
	[ "$(info b "mean pixel")" = '[7]' ]
	[ "$(info b "channel order")" = '"BGR"' ]
	model-import n.onnx -o c --preset caffe -q
	[ "$(info c "mean pixel")" = '[104, 117, 123]' ]
	[ "$(info c "input scale")" = null ]
	[ "$(info c "input std")" = null ]
	model-import n.onnx -o d --preset yolox -q
	[ "$(info d "image resize mode")" = '"corner"' ]
	run model-import n.onnx -o e --rgb --bgr
	[ "$status" -eq 2 ]
	run model-import n.onnx -o e --mean 0.485,0.456,0.406 --std 0.2
	[[ "$output" == *"means are of pixels from 0 to 255"* ]]
	run model-import n.onnx -o f --std 1,2
	[ "$status" -eq 3 ]
	[[ "$output" == *"--std has 2 numbers, and pictures have 3 channels"* ]]
	run model-import m.onnx -o g --size 8x8 --resize crop --preset tf
	[[ "$output" == *"resized by crop to 16x16 (bilinear), (x"* ]]
	onnx n.onnx nnutils.channels=RGB nnutils.std=0
	run model-import n.onnx -o f
	[ "$status" -eq 3 ]
	[[ "$output" == *"n.onnx: metadata: a deviation of 0: "* ]]
	[ ! -e f ]
}

@test "the middle of larger pictures, and bicubic" {
	model-import m.onnx -o m --preset zero-one --crop-pct 0.8 \
	    --interpolation bicubic -q
	[ "$(info m "image dimensions")" = '[20, 20, 3]' ]
	[ "$(info m "image resize mode")" = '"crop"' ]
	[ "$(info m "image interpolation")" = '"bicubic"' ]
	model-infer -m m p.ppm >a
	model-import m.onnx -o n --preset zero-one --crop-pct 0.8 -q
	model-infer -m n p.ppm >b
	! cmp a b || false
	run model-show m
	[[ "$output" == *"resized by crop to 20x20 (bicubic), its middle 16x16, x * 0.00392157"* ]]
	onnx w.onnx wide
	model-import w.onnx -o w --preset tf --crop-pct 0.5 -q
	[ "$(info w "image dimensions")" = '[80, 120, 3]' ]
	model-infer -m w -q p.ppm
}

@test "a size that the file leaves open is said by --size" {
	onnx o.onnx open
	run model-import o.onnx -o o
	[ "$status" -ne 0 ]
	[[ "$output" == *"is left open; --size says that of pictures"* ]]
	[ ! -e o ]
	model-import o.onnx -o o --size 24x18 --preset tf -q
	[ "$(info o "image dimensions")" = '[18, 24, 3]' ]
	model-infer -m o -q p.ppm
	onnx o.onnx open imgsz='[32, 48]' stride=8 task=classify \
	    names="{0: 'it\\'s', 1: \"b\", 2: 'c, d'}"
	model-import o.onnx -o n -q
	[ "$(info n "image dimensions")" = '[32, 48, 3]' ]
	[ "$(info n "channel order")" = '"RGB"' ]
	[ "$(info n "image resize mode")" = '"crop"' ]
	[ "$(cat n/labels.txt)" = "$(printf "it's\nb\nc, d")" ]
	onnx z.onnx names='{0: x}'
	run model-import z.onnx -o z
	[ "$status" -eq 0 ]
	[[ "$output" == *"metadata names is no list of names"* ]]
	[ ! -e z/labels.txt ]
	# nor is one that ends in the midst of a name
	onnx z.onnx names="{0: 'a" imgsz='[16' stride=2
	run model-import -f z.onnx -o z
	[ "$status" -eq 0 ]
	[[ "$output" == *"metadata names is no list of names"* ]]
}

@test "Transformers' files beside the model" {
	mkdir -p t/onnx
	cp m.onnx t/onnx
	cat >t/preprocessor_config.json <<-E
	{"do_resize": true, "size": {"shortest_edge": 18}, "resample": 3,
	 "do_center_crop": true, "crop_size": {"height": 16, "width": 16},
	 "do_rescale": true, "rescale_factor": 0.00392156862745098,
	 "do_normalize": true, "image_mean": [0.2, 0.4, 0.6],
	 "image_std": [0.1, 0.2, 0.3]}
	E
	echo '{"id2label": {"0": "x", "2": "z", "1": "y\nb"}}' >t/config.json
	run model-import t/onnx/m.onnx -o m
	[[ "$output" == *"R G B, resized by crop to 18x18 (bicubic), its middle 16x16, (x - 51,102,153) * 0.00392157 / 0.1,0.2,0.3 for x from 0 to 255 (preprocessor_config.json)"* ]]
	[ "$(cat m/labels.txt)" = "$(printf 'x\ny b\nz')" ]
	model-infer -m m p.ppm --tsv >a
	model-infer -m t/onnx/m.onnx p.ppm --tsv >b
	cmp a b
	grep -q 'y b' a
	echo '{"size": 16, "image_mean": [0.5, 0.5, 0.5], "image_std": [0.5, 0.5, 0.5],
	  "do_center_crop": false}' >t/preprocessor_config.json
	model-import t/onnx/m.onnx -o s -q
	[ "$(info s "image resize mode")" = '"squash"' ]
	[ "$(info s "mean pixel")" = '[127.5, 127.5, 127.5]' ]
	echo '{"rescale_factor": 0.5, "rescale_offset": true,
	  "do_normalize": false}' >t/preprocessor_config.json
	model-import t/onnx/m.onnx -o r -q
	[ "$(info r "mean pixel")" = '[2, 2, 2]' ]
	[ "$(info r "input scale")" = 0.5 ]
	echo 'no JSON' >t/preprocessor_config.json
	run model-import t/onnx/m.onnx -o u
	[ "$status" -eq 0 ]
	[[ "$output" == *"preprocessor_config.json"*"it is not used"* ]]
	echo '[0.5]' >t/preprocessor_config.json
	run model-import t/onnx/m.onnx -o v
	[[ "$output" == *"t/preprocessor_config.json: not a JSON object; it is not used"* ]]
	[ "$(info v preparation)" = '"unknown"' ]
	echo '{"image_std": [0.5, 0, 0.5]}' >t/preprocessor_config.json
	run model-import t/onnx/m.onnx -o w
	[ "$status" -eq 0 ]
	[[ "$output" == *"t/preprocessor_config.json: a deviation of 0: it must be within 0 and 1e6; it is not used"* ]]
	[ "$(info w "input std")" = null ]
	echo '{"rescale_factor": 1e-300, "image_mean": [1e9, 1, 1]}' \
	    >t/preprocessor_config.json
	run model-import t/onnx/m.onnx -o x
	[ "$status" -eq 0 ]
	[[ "$output" == *": a mean of inf, for pixels from 0 to 255; it is not used"* ]]
}

@test "what model-export writes comes back, with its preparation inside or outside" {
	model-import m.onnx -o m --preset imagenet --crop-pct 0.8 \
	    --interpolation bicubic --labels <(printf 'a\nb\nc\n') -q
	model-infer -m m p.ppm >a
	model-export -q m --onnx out.onnx
	model-export -q m --onnx in.onnx --with-preparation
	for f in out in; do
		model-import $f.onnx -o $f -q
		[ "$(info $f "image interpolation")" = '"bicubic"' ]
		[ "$(info $f "image dimensions")" = '[20, 20, 3]' ]
		model-infer -m $f p.ppm >b
		cmp a b
		model-infer -m $f.onnx p.ppm >b
		cmp a b
	done
	[ "$(info in "input scale")" = null ]
	[ "$(info out "channel order")" = '"RGB"' ]
}

@test "scores of classes that have names become probabilities" {
	onnx s.onnx
	printf 'a\nb\nc\n' >names
	model-import s.onnx -o s --preset tf --labels names -q
	grep -A 3 'name: "prob"' s/deploy.prototxt | grep -q 'bottom: "output"'
	[ "$(grep -c prob s/deploy.prototxt)" -eq 2 ]
	model-infer -m s p.ppm >a
	grep -q '%' a
	model-import s.onnx -o none --preset tf -q
	printf 'a\nb\n' >two
	model-import s.onnx -o two-names --preset tf --labels two -q
	! grep -q prob none/deploy.prototxt two-names/deploy.prototxt || false
	onnx n.onnx nnutils.channels=BGR "nnutils.labels=$(cat names)"
	model-infer -m n.onnx p.ppm | grep -q '%'
	# a Softmax stays the only one
	onnx m2.onnx softmax "nnutils.labels=$(cat names)"
	model-import m2.onnx -o m2 -q
	[ "$(grep -c Softmax m2/deploy.prototxt)" -eq 1 ]
}

@test "timm's config.json" {
	cat >config.json <<-E
	{"architecture": "x", "num_classes": 3, "pretrained_cfg": {
	 "input_size": [3, 16, 16], "mean": [0.5, 0.25, 0.125],
	 "std": [0.5, 0.25, 0.125], "crop_pct": 0.95, "crop_mode": "center",
	 "interpolation": "bicubic"}, "label_names": ["a", "b", "c"]}
	E
	run model-import m.onnx -o m
	[[ "$output" == *"R G B, resized by crop to 16x16 (bicubic), (x - 127.5,63.75,31.875) * 0.00392157 / 0.5,0.25,0.125 for x from 0 to 255 (config.json)"* ]]
	[ "$(cat m/labels.txt)" = "$(printf 'a\nb\nc')" ]
	onnx o.onnx open
	model-import o.onnx -o o -q
	[ "$(info o "image dimensions")" = '[16, 16, 3]' ]
}
