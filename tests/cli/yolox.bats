#!/usr/bin/env bats
# Detectors of the YOLOX kind: what the standard nets bring, and a small one that is
# trained from nothing and finds coloured shapes.

bats_require_minimum_version 1.5.0

setup_file() {
	export D=$BATS_FILE_TMPDIR
	make -s -C examples/bccd small OUT="$D" \
	    TRAIN="model-train --device cpu -j 1" >"$D/out" 2>&1 || {
		cat "$D/out"
		false
	}
	cp examples/bccd/small.prototxt "$D/pico.prototxt"
}

setup() {
	cd "$BATS_TEST_TMPDIR" || exit
}

# The recipe ends with --require 'ap50>=0.8'.
@test "a small net learns where shapes are, and which: examples/bccd" {
	grep -q '^AP50' "$D/out"
	cp -r "$D/small" m
	# figures of the whole validation, by class, and the parts of the loss
	python3 - <<'END'
import json
v = [json.loads(l) for l in open('m/train.ndjson')]
last = [e['outputs'] for e in v if e['event'] == 'val'][-1]
assert {'ap', 'ap50', 'ap75', 'ap50/square', 'ap50/disc', 'ap50/triangle',
        'loss', 'loss_iou', 'loss_object', 'loss_class', 'loss_l1'} == \
    set(last) - {'ar100', 'voc07'}, last
# nothing is validated with running statistics that no batch has made yet
assert min(e['iter'] for e in v if e['event'] == 'val') > 0
assert any('no statistics yet' in e.get('text', '') for e in v)
assert 'ap50/dontcare' not in last and 0.3 < last['ap'] < last['ap50'], last
parts = (5 * last['loss_iou'] + last['loss_object'] + last['loss_class'] +
         last['loss_l1'])
assert abs(parts - last['loss']) < 1e-3 * last['loss'], (parts, last)
open('ap50', 'w').write('%.4f' % (100 * last['ap50']))
END
	# the same by model-infer, which runs the net for use
	model-infer --db "$D/shapes/val_db" --model m --device cpu |
	    awk -v want="$(cat ap50)" '$1 == "AP50" { n++; d = $2 - want }
		END { exit !(n == 1 && d < 0.5 && d > -0.5) }'
}

@test "the standard nets bring their solver" {
	run model-train -v --dry-run -d "$D/shapes" -n yolox-nano -o x
	[ "$status" -eq 0 ]
	[[ "$output" == *"the net yolox-nano brings --lr 0.01 --solver nesterov --lr-policy cosine --epochs 100 --warmup 5 --ema 0.9998 --mean none --mirror --mosaic 0.5 --translate 0.1 --zoom 0.5,1.5 --hsv 0.015,0.07,0.07 --close-mosaic 10"* ]]
	grep -qx 'type: "Nesterov"' <<<"$output"
	grep -qx 'lr_policy: "cosine"' <<<"$output"
	# a word of what is done to pictures takes the place of all of that
	run model-train -v --dry-run -d "$D/shapes" -n yolox-nano -e 20 --flip -o x
	[[ "$output" == *"--mean none"$'\n'* ]]
	run model-train -v --dry-run -d "$D/shapes" -n yolox-nano -e 2 --warmup 0 \
	    --flip --ema 0 --solver sgd --lr-policy fixed --lr 0.1 --mean image -o x
	[[ "$output" != *brings* ]]
}

@test "what only says how its augmentation is done goes with it" {
	cd "$BATS_TEST_TMPDIR"
	python3 "$BATS_TEST_DIRNAME/../../examples/bccd/shapes.py" few 4 64
	dset-create -q -t detection --images few/images --labels few/labels \
	    --classes square,disc,triangle --min-box 0 -o few.dset >/dev/null
	model-train -q -d few.dset -n yolox-nano --device cpu -b 2 -e 2 --fill 7 \
	    --min-box 0.4 --close-mosaic 0.5 -o m 2>err >/dev/null
	! grep effect err || false
	for f in 'mosaic: 0.5' 'fill: 7' 'min_box: 0.4' 'mix_epochs: 1.5'; do
		grep -q "$f\$" m/train_val.prototxt
	done
	run model-train -v --dry-run -d few.dset -n yolox-nano -e 3 --mix-share 0.5 -o x
	[[ "$output" == *"--close-mosaic 0.3"$'\n'* ]]
	[[ "$output" == *"--mix-share has no effect: samples are not mixed"* ]]
}

@test "pictures that the parts of the net make different maps of are refused" {
	python3 "$BATS_TEST_DIRNAME/../../examples/bccd/shapes.py" odd 4 72
	dset-create -q -t detection --images odd/images --labels odd/labels \
	    --classes square,disc,triangle --min-box 0 -o odd.dset >/dev/null
	run model-train -q -d odd.dset -n yolox-nano --device cpu -o x
	echo "$output"
	[ "$status" -eq 3 ]
	[[ "$output" == *'layer "backbone.cat0" (Concat)'* ]]
	[ ! -e x ]
}

@test "labels that are no boxes are refused" {
	sed 's/bottom: "label"$/bottom: "data"/' "$D/pico.prototxt" >wrong.prototxt
	run model-train -q -d "$D/shapes" -n wrong.prototxt --mean none --device cpu -o x
	echo "$output"
	[ "$status" -eq 3 ]
	[[ "$output" == *'layer "loss" (YoloxLoss): its last bottom'*"must be lists of boxes"* ]]
	[ ! -e x ]
}

@test "a detector of other classes: all layers of classes start anew, and no other" {
	dset-create -q -t detection --images "$D/drawn/val/images" \
	    --labels "$D/drawn/val/labels" --classes square,disc,triangle,star \
	    --min-box 0 -o four >/dev/null
	run model-train -d four -p "$D/small" -e 1 --mean none --device cpu -j 1 -o new
	echo "$output"
	[ "$status" -eq 0 ]
	[ "$(grep -c 'starts anew as' <<<"$output")" -eq 3 ]
	for i in 0 1 2; do
		[[ "$output" == *"layer head.cls_preds.$i has 4 outputs in the weights, 5 are needed: it starts anew as head.cls_preds.${i}_retrain"* ]]
	done
	[ "$(grep -c 'num_output: 5$' new/train_val.prototxt)" -eq 3 ]
}
