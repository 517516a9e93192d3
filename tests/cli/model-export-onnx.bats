#!/usr/bin/env bats
# Nets that model-export writes as ONNX are what onnx's checker takes, and say in
# onnxruntime what model-infer says.

bats_require_minimum_version 1.5.0

D=$BATS_TEST_DIRNAME

setup() {
	cd "$BATS_TEST_TMPDIR" || exit
}

judge() { # [ARG...]
	"${NNUTILS_TEST_ONNX:-python3}" -B "$D/onnx_judge.py" "$@" >said || {
		cat said
		return 1
	}
}

need_onnx() {
	"${NNUTILS_TEST_ONNX:-python3}" -c 'import onnx, onnxruntime' 2>/dev/null ||
	    skip "no onnx and onnxruntime (sh scripts/deps judges)"
}

# NAME...: their layers for use, in nets/NAME.
standard() {
	local n f nets=$D/../../lib/nn/nets
	for n in "$@"; do
		mkdir -p "nets/$n"
		for f in "$n" "masks/$n" "torchvision/${n%-torchvision}"; do
			[ ! -e "$nets/$f.prototxt" ] || break
		done
		judge deploy "$nets/$f.prototxt"
		mv said "nets/$n/deploy.prototxt"
		seq 10 >"nets/$n/labels.txt"
	done
}

# A model of one input 1x3x4x4 whose layers are $1; its weights are of "ip".
model() {
	mkdir -p m
	{
		echo 'layer { name: "data" type: "Input" top: "data"
		  input_param { shape { dim: 1 dim: 3 dim: 4 dim: 4 } } }'
		echo "$1"
	} >m/deploy.prototxt
	python3 "$D/caffemodel.py" m/w.caffemodel two ip:3x48,3
}
ip='layer { name: "ip" type: "InnerProduct" bottom: "data" top: "ip"
  inner_product_param { num_output: 3 } }'

@test "every type of layer gives what it gives here" {
	need_onnx
	judge layers "$D/onnx-layers" layers
	grep '^[0-9]* nets' said
}

@test "the oldest operators do, and the newest, folded or for another batch" {
	need_onnx
	judge layers "$D/onnx-layers" old --opset 13 --items 1
	judge layers "$D/onnx-layers" new --opset 21 --items 3 --fold-batchnorm
}

@test "float16 is near to it" {
	need_onnx
	judge layers "$D/onnx-layers" layers --fp16 --limit 0.02
}

@test "standard nets of every task" {
	need_onnx
	standard lenet squeezenet mobilenet-v2 unet-small detectnet-small \
	    yolox-nano siamese
	judge nets nets
	grep '^7 nets' said
}

@test "all standard nets" {
	need_onnx
	[ -n "${LONG-}" ] || skip "takes minutes and 4 GB (LONG=1)"
	# shellcheck disable=SC2046
	standard $(net-show --list --json | sed 's/.*"name": "\([^"]*\)".*/\1/')
	mkdir places
	mv nets/segnet-basic places # many maxima of its windows are nearly the same
	judge nets places --few 0.02
	judge nets nets --items 1
	judge nets nets --items 1 --fold-batchnorm
}

@test "pictures go in as bytes: mean, deviations, order of channels" {
	need_onnx
	model "$ip"
	printf 'P6 4 4 255\n%048d' 123456789 >x.ppm
	judge picture m x.ppm
	echo '{"mean pixel": [10, 20, 30], "input scale": 0.5,
	  "channel order": "RGB", "input std": [2, 3, 4]}' >m/info.json
	judge picture m x.ppm
	judge picture m x.ppm --opset 13
}

@test "the example asks it in onnxruntime" {
	need_onnx
	model "$ip"' layer { name: "prob" type: "Softmax" bottom: "ip" top: "prob" }'
	printf 'cat\ndog\nbird\n' >m/labels.txt
	printf 'P6 4 4 255\n%048d' 123456789 >x.ppm
	model-infer --device cpu -m m x.ppm --top 1 --tsv >want
	model-export m --onnx m.onnx --with-preparation
	"${NNUTILS_TEST_ONNX:-python3}" -B "$D/../../examples/onnx/ask.py" \
	    m.onnx x.ppm >have
	[ "$(wc -l <have)" -eq 3 ]
	name=$(grep -oE -m 1 'cat|dog|bird' want)
	head -1 have | grep -q "^x.ppm: .*%  $name\$"
}

@test "a layer without a form is refused by its name, and nothing is left" {
	model "$ip"' layer { name: "rois" type: "Input" top: "rois"
	  input_param { shape { dim: 1 dim: 5 } } }
	  layer { name: "pick" type: "PSROIPooling" bottom: "data" bottom: "rois"
	  top: "y" psroi_pooling_param { output_dim: 3 group_size: 1 } }'
	run -3 model-export m --onnx x.onnx
	[[ $output == *'layer "pick" (PSROIPooling): this type of layer has no form in ONNX'* ]]
	[ ! -e x.onnx ]
}

@test "a net for one number of items alone is said to be" {
	model "$ip"' layer { name: "r" type: "Reshape" bottom: "ip" top: "r"
	  reshape_param { shape { dim: 3 dim: 1 } } }'
	run -0 model-export m --onnx x.onnx
	[[ $output == *"the file takes 1 item at a time"* ]]
	model "$ip"
	run -0 model-export m --onnx x.onnx -f
	[ -z "$output" ]
}

@test "class names and the preparation are in the metadata; the same bytes twice" {
	model "$ip"' layer { name: "prob" type: "Softmax" bottom: "ip" top: "prob" }'
	printf 'cat\ndog\nbird\n' >m/labels.txt
	model-export m --onnx x.onnx
	model-export m --onnx - >y.onnx
	cmp x.onnx y.onnx
	for t in nnutils.labels nnutils.channels BGR nnutils.size 4x4 \
	    nnutils.output.prob 'probability of each class'; do
		grep -aq "$t" x.onnx
	done
}

@test "what our own reader makes of every type of layer is the same" {
	"${NNUTILS_TEST_ONNX:-python3}" -c 'import numpy' || skip "no numpy"
	judge layers "$D/onnx-layers" layers --own
	cat said
	[ "$(grep -cv '^not read: \(roi\|ssd\|yolox\)$' said)" -eq 1 ]
}

@test "--check reads it again: as it is, with a preparation, in float16, folded" {
	model "$ip"' layer { name: "prob" type: "Softmax" bottom: "ip" top: "prob" }'
	echo '{"mean pixel": [10, 20, 30], "channel order": "RGB"}' >m/info.json
	for o in --with-preparation --fp16 --fold-batchnorm --opset=13; do
		run -0 model-export m --onnx x.onnx -f --check -v "$o"
		[[ $output == *"check: prob is off by "*" of "* ]]
	done
	model "$ip"' layer { name: "roi" type: "Input" top: "roi"
	  input_param { shape { dim: 1 dim: 5 } } }
	  layer { name: "r" type: "ROIPooling" bottom: "data" bottom: "roi" top: "r"
	  roi_pooling_param { pooled_h: 2 pooled_w: 2 } }'
	run -3 model-export m --onnx y.onnx --check
	[[ $output == *'--check: the file: node "r" (MaxRoiPool)'* ]]
	[ ! -e y.onnx ]
}

@test "a mean picture is in the graph: the file answers as the folder does" {
	model "$ip"' layer { name: "prob" type: "Softmax" bottom: "ip" top: "prob" }'
	python3 - "$D" <<-'E'
	import struct, sys
	sys.path.insert(0, sys.argv[1])
	from caffemodel import field, varint
	open('m/mean.binaryproto', 'wb').write(b''.join(
	    varint(k << 3) + varint(v) for k, v in ((1, 1), (2, 3), (3, 6), (4, 6))) +
	    field(5, struct.pack('<108f', *(i * 7 % 200 for i in range(108)))))
	E
	echo '{"image dimensions": [6, 6, 3], "mean subtraction": "image",
	  "input scale": 0.01, "mean file": "mean.binaryproto"}' >m/info.json
	printf 'P6 6 6 255\n%0108d' 987654321 >x.ppm
	model-export m --onnx x.onnx --check
	model-infer --device cpu -m m x.ppm --npy a.npy >/dev/null
	model-infer --device cpu -m x.onnx x.ppm --npy b.npy >/dev/null
	python3 - <<-'E'
	import struct
	a, b = (struct.unpack('<3f', open(x + '.npy', 'rb').read()[-12:]) for x in 'ab')
	assert max(a) < 0.9 and max(abs(x - y) for x, y in zip(a, b)) < 1e-5, (a, b)
	E
}

@test "--triton adds versions, each whole, and keeps what somebody wrote" {
	model "$ip"' layer { name: "prob" type: "Softmax" bottom: "ip" top: "prob" }'
	printf 'cat\ndog\nbird\n' >m/labels.txt
	model-export m --triton repo
	model-export m --triton repo --json >out
	grep -q '"path": "repo/m/2/model.onnx"' out
	cmp repo/m/1/model.onnx repo/m/2/model.onnx
	cmp m/labels.txt repo/m/labels.txt
	tr -d ' \n' <repo/m/config.pbtxt >config
	grep -q 'max_batch_size:16input\[{name:"data"data_type:TYPE_FP32dims:\[3,4,4\]}\]' config
	grep -q 'dims:\[3\]label_filename:"labels.txt"' config
	sed -i 's/max_batch_size: 16/max_batch_size: 4/' repo/m/config.pbtxt
	model-export m --triton repo
	grep -q 'max_batch_size: 4' repo/m/config.pbtxt
	run -8 model-export m --triton repo --with-preparation
	[[ $output == *"repo/m/config.pbtxt does not suit this model; -f replaces it"* ]]
	[ "$(echo repo/m/*/)" = 'repo/m/1/ repo/m/2/ repo/m/3/' ]
	model-export m --triton repo --with-preparation -f
	grep -q TYPE_UINT8 repo/m/config.pbtxt
	[ -e repo/m/4/model.onnx ]
}

@test "--triton that cannot be leaves nothing, and the model's folder as it is" {
	model "$ip"
	printf 'cat\ndog\nbird\n' >m/labels.txt
	ls -R m >was
	run -8 model-export m --triton .
	[[ $output == *"m is the model's own folder"* ]]
	ls -R m | diff was -
	mkdir -p repo/m
	echo other >repo/m/labels.txt
	run -8 model-export m --triton repo
	[[ $output == *"repo/m/labels.txt does not suit this model"* ]]
	[ "$(ls repo/m)" = labels.txt ]
	rm m/w.caffemodel
	run -4 model-export m --triton new
	[ ! -e new ]
}

@test "weights that are not all there are refused" {
	model "$ip"' layer { name: "ip2" type: "InnerProduct" bottom: "ip"
	  top: "ip2" inner_product_param { num_output: 2 } }'
	run -3 model-export m --onnx x.onnx
	[[ $output == *ip2* ]]
}
