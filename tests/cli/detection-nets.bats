#!/usr/bin/env bats
# Nets of tests/golden/detection, written as the public ones of SSD, Faster R-CNN,
# R-FCN, YOLO and SegNet are: each is built and shown.

setup() {
	nets=$PWD/tests/golden/detection
	cd "$BATS_TEST_TMPDIR" || exit
}

@test "every net is built, in the phase that it is for" {
	n=0
	for f in "$nets"/*.prototxt; do
		phase=test
		case $f in *_train.*) phase=train ;; esac
		run net-show --phase $phase "$f"
		echo "$f: $output"
		[ "$status" -eq 0 ]
		[[ "$output" == *total* ]]
		[[ "$output" != *"no effect"* ]]
		n=$((n + 1))
	done
	[ "$n" -ge 7 ]
}

@test "what comes out of them has the shapes that those projects read" {
	net-show --phase test "$nets/faster_rcnn_vgg16_test.prototxt" >out
	grep '^proposal .*300x5' out
	grep '^bbox_pred .*300x84' out
	net-show --phase test "$nets/rfcn_resnet_test.prototxt" >out
	grep '^bbox_pred_reshape .*300x8 ' out
	net-show --phase test "$nets/yolov3_test.prototxt" >out
	grep '^detection_out .*1x1x512x7' out
	net-show --phase test "$nets/ssd48_train.prototxt" >out
	grep '^detection_eval .*x5 ' out
}

@test "a proposal of parameters that are not known is refused" {
	sed "s/'feat_stride': 16/'feat_stride': 16, 'tiles': 3/" \
	    "$nets/faster_rcnn_vgg16_test.prototxt" >net
	run net-show --phase test net
	echo "$output"
	[ "$status" -eq 3 ]
	[[ "$output" == *'"tiles" is not known here'* ]]
	sed 's/ProposalLayer/OtherLayer/' "$nets/faster_rcnn_vgg16_test.prototxt" >net
	run net-show --phase test net
	[ "$status" -eq 3 ]
	[[ "$output" == *"no layer type \"Python\" with OtherLayer of rpn.proposal_layer here"* ]]
}
