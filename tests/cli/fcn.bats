#!/usr/bin/env bats
# FCN-8s as its authors publish it for VOC: 100 pixels of border, crops to what is
# below, deconvolutions without bias.  Its weights are those of the standard net.

setup() {
	cd "$BATS_TEST_TMPDIR" || exit
	published >voc-fcn8s.prototxt
}

conv() { # NAME BOTTOM OUTPUTS KERNEL PAD
	echo "layer { name: \"$1\" type: \"Convolution\" bottom: \"$2\" top: \"$1\"
	  param { lr_mult: 1 decay_mult: 1 } param { lr_mult: 2 decay_mult: 0 }
	  convolution_param { num_output: $3 kernel_size: $4 pad: $5 stride: 1 } }"
}

relu() { # NAME BLOB
	echo "layer { name: \"$1\" type: \"ReLU\" bottom: \"$2\" top: \"$2\" }"
}

deconv() { # NAME BOTTOM KERNEL STRIDE
	echo "layer { name: \"$1\" type: \"Deconvolution\" bottom: \"$2\" top: \"$1\" param { lr_mult: 0 }
	  convolution_param { num_output: 21 bias_term: false kernel_size: $3 stride: $4 } }"
}

crop() { # NAME BOTTOM LIKE OFFSET
	echo "layer { name: \"$1\" type: \"Crop\" bottom: \"$2\" bottom: \"$3\" top: \"$1\" crop_param { axis: 2 offset: $4 } }"
}

sum() { # NAME A B
	echo "layer { name: \"$1\" type: \"Eltwise\" bottom: \"$2\" bottom: \"$3\" top: \"$1\" eltwise_param { operation: SUM } }"
}

published() {
	local below=data pad=100 block n out i
	echo 'layer { name: "input" type: "Input" top: "data" input_param { shape: { dim: 1 dim: 3 dim: 500 dim: 500 } } }'
	for block in '1 2 64' '2 2 128' '3 3 256' '4 3 512' '5 3 512'; do
		read -r n i out <<<"$block"
		for i in $(seq "$i"); do
			conv "conv${n}_$i" "$below" "$out" 3 "$pad"
			relu "relu${n}_$i" "conv${n}_$i"
			below=conv${n}_$i pad=1
		done
		echo "layer { name: \"pool$n\" type: \"Pooling\" bottom: \"$below\" top: \"pool$n\" pooling_param { pool: MAX kernel_size: 2 stride: 2 } }"
		below=pool$n
	done
	conv fc6 pool5 4096 7 0
	relu relu6 fc6
	conv fc7 fc6 4096 1 0
	relu relu7 fc7
	conv score_fr fc7 21 1 0
	deconv upscore2 score_fr 4 2
	conv score_pool4 pool4 21 1 0
	crop score_pool4c score_pool4 upscore2 5
	sum fuse_pool4 upscore2 score_pool4c
	deconv upscore_pool4 fuse_pool4 4 2
	conv score_pool3 pool3 21 1 0
	crop score_pool3c score_pool3 upscore_pool4 9
	sum fuse_pool3 upscore_pool4 score_pool3c
	deconv upscore8 fuse_pool3 16 8
	crop score upscore8 data 31
}

# What has weights: name, type and how many; of deconvolutions each channel's own, as
# the other channels' are 0 (nn/match.h).
weights() {
	net-show --json "$1" | python3 -c '
import json, sys
for line in sys.stdin:
    l = json.loads(line)
    if l.get("params") and "layer" in l:
        all = l["type"] == "Deconvolution" and l["params"] % 441 == 0
        print(l["layer"], l["type"], l["params"] // (21 if all else 1))'
}

@test "it is built, and gives a score for each pixel of the picture" {
	net-show voc-fcn8s.prototxt >out
	grep '^conv1_1 .*1x64x698x698' out
	grep '^upscore2 .*1x21x34x34' out
	grep '^upscore8 .*1x21x568x568' out
	grep '^score .*1x21x500x500' out
}

@test "its layers are those of the standard net, by name and by size" {
	weights voc-fcn8s.prototxt >theirs
	weights fcn8s >ours
	[ "$(wc -l <ours)" -eq 21 ]
	diff theirs ours
}

# 19 is FCN-32s's crop.
@test "a crop that leaves the picture is refused" {
	sed 's/offset: 31/offset: 69/' voc-fcn8s.prototxt >far.prototxt
	run net-show far.prototxt
	echo "$output"
	[ "$status" -eq 3 ]
	[[ "$output" == *'layer "score" (Crop)'* ]]
	sed 's/offset: 31/offset: 19/' voc-fcn8s.prototxt >near.prototxt
	net-show near.prototxt | grep '^score .*1x21x500x500'
}
