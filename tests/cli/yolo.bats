#!/usr/bin/env bats
# YOLO of versions 2 and 3, trained in the layers of MobileNet-YOLO's Caffe: drawn
# shapes are found.

bats_require_minimum_version 1.5.0

# A convolution with batch normalisation: NAME BOTTOM OUTPUTS STRIDE
conv() {
	cat <<-E
	layer { name: "$1" type: "Convolution" bottom: "$2" top: "$1" convolution_param { num_output: $3 kernel_size: 3 pad: 1 stride: $4 bias_term: false weight_filler { type: "msra" } } }
	layer { name: "$1/bn" type: "BatchNorm" bottom: "$1" top: "$1" batch_norm_param { moving_average_fraction: 0.95 } }
	layer { name: "$1/scale" type: "Scale" bottom: "$1" top: "$1" scale_param { bias_term: true } }
	layer { name: "$1/relu" type: "ReLU" bottom: "$1" top: "$1" relu_param { negative_slope: 0.1 } }
	E
}

# All before the loss, for pictures of 64x64: a map of 8x8, two anchors, three classes.
trunk() {
	cat <<-'E'
	layer { name: "data" type: "AnnotatedData" top: "data" top: "label" include { phase: TRAIN }
	  transform_param { mirror: true scale: 0.01 mean_value: 110 resize_param { prob: 1 resize_mode: WARP height: 64 width: 64 } emit_constraint { emit_type: CENTER } }
	  data_param { batch_size: 8 } annotated_data_param { yolo_data_type: 1 batch_sampler { max_sample: 1 max_trials: 1 } } }
	layer { name: "data" type: "AnnotatedData" top: "data" top: "label" include { phase: TEST }
	  transform_param { scale: 0.01 mean_value: 110 resize_param { prob: 1 resize_mode: WARP height: 64 width: 64 } }
	  data_param { batch_size: 8 } annotated_data_param { batch_sampler { } } }
	E
	conv c1 data 8 2
	conv c2 c1 16 2
	conv c3 c2 32 1
	conv c4 c3 32 2
	conv c5 c4 48 1
	cat <<-'E'
	layer { name: "map" type: "Convolution" bottom: "c5" top: "map" convolution_param { num_output: 16 kernel_size: 1 weight_filler { type: "msra" } } }
	layer { name: "eval" type: "DetectionEvaluate" bottom: "found" bottom: "label" top: "eval" include { phase: TEST }
	  detection_evaluate_param { num_classes: 4 background_label_id: 0 overlap_threshold: 0.5 evaluate_difficult_gt: false } }
	E
}

# The trunk with the layers of standard input before its last one.
net() {
	trunk >trunk
	head -n -2 trunk
	cat
	tail -n 2 trunk
}

setup_file() {
	export D=$BATS_FILE_TMPDIR
	cd "$D"
	shapes=$BATS_TEST_DIRNAME/../../examples/bccd/shapes.py
	python3 "$shapes" t 160 64 1
	python3 "$shapes" v 40 64 2
	dset-create -q -t detection --images t/images --labels t/labels \
	    --val-images v/images --val-labels v/labels --min-box 0 \
	    --classes square,disc,triangle -o set >/dev/null
	net >v2.prototxt <<-'E'
	layer { name: "loss" type: "RegionLoss" bottom: "map" bottom: "label" top: "loss"
	  region_loss_param { side: 8 num_class: 3 coords: 4 num: 2 softmax: 1 jitter: 0.2 rescore: 1 object_scale: 5 noobject_scale: 1 class_scale: 1 coord_scale: 1 absolute: 1 thresh: 0.6 random: 0
	    biases: 1.5 biases: 1.5 biases: 3 biases: 3 } }
	layer { name: "found" type: "YoloDetectionOutput" bottom: "map" top: "found" include { phase: TEST }
	  yolo_detection_output_param { side: 8 num_classes: 3 num_box: 2 confidence_threshold: 0.05 nms_threshold: 0.45
	    biases: 1.5 biases: 1.5 biases: 3 biases: 3 } }
	E
	net >v3.prototxt <<-'E'
	layer { name: "loss" type: "Yolov3" bottom: "map" bottom: "label" top: "loss" top: "loss_coord" top: "loss_object" top: "loss_class" loss_weight: 1 loss_weight: 0 loss_weight: 0 loss_weight: 0
	  yolov3_param { side: 8 num_class: 3 num: 2 object_scale: 5 noobject_scale: 1 class_scale: 1 coord_scale: 1 thresh: 0.7 anchors_scale: 8 use_logic_gradient: false
	    biases: 12 biases: 12 biases: 24 biases: 24 mask: 0 mask: 1 } }
	layer { name: "found" type: "Yolov3DetectionOutput" bottom: "map" top: "found" include { phase: TEST }
	  yolov3_detection_output_param { num_classes: 3 num_box: 2 confidence_threshold: 0.05 nms_threshold: 0.45 anchors_scale: 8 mask_group_num: 1 mask: 0 mask: 1
	    biases: 12 biases: 12 biases: 24 biases: 24 } }
	E
}

setup() {
	cd "$D" || exit
}

# train NET MODEL OPTION...
train() {
	model-train -q -d set -n "$1" --device cpu -j 1 --solver adam --lr 0.006 \
	    --lr-policy poly --power 1 --mean none "${@:3}" -o "$2"
}

@test "RegionLoss: boxes are found, by model-infer too" {
	train v2.prototxt v2 -e 24 --val-interval 24 --require 'mean-ap>=0.8'
	model-infer --db set/val_db --model v2 --device cpu |
	    awk '/^mAP of VOC 2007/ { n++; v = $NF + 0 } END { exit !(n == 1 && v > 80) }'
}

@test "Yolov3: boxes are found, and the parts of the loss are its sum" {
	train v3.prototxt v3 -e 24 --val-interval 24 --require 'mean-ap>=0.8'
	python3 - <<-'E'
	import json
	v = [json.loads(l) for l in open('v3/train.ndjson')]
	o = [e['outputs'] for e in v if e['event'] == 'val'][-1]
	parts = o['loss_coord'] + o['loss_object'] + o['loss_class']
	assert abs(parts - o['loss']) < 1e-4 * o['loss'], o
	E
}

@test "at several sizes, with GIoU" {
	sed 's/use_logic_gradient: false/iou_loss: GIOU iou_normalizer: 2/' \
	    v3.prototxt >giou.prototxt
	train giou.prototxt giou -e 1 --multi-scale 64-96@3
	[ -e giou/best.caffemodel ]
}

@test "what does not fit is named" {
	sed 's/num_class: 3/num_class: 4/' v3.prototxt >wrong.prototxt
	run -3 train wrong.prototxt x
	[[ "$output" == *'layer "loss" (Yolov3): 2 anchors and 4 classes need a bottom (N, 18, H, W), not 8x16x8x8'* ]]
	sed 's/softmax: 1/softmax_tree: "coco.tree"/' v2.prototxt >tree.prototxt
	run train tree.prototxt x
	[ "$status" -ne 0 ]
	[[ "$output" == *'layer "loss" (RegionLoss)'*"trees of classes are not known here"* ]]
	[ ! -e x ]
}
