#!/usr/bin/env bats
# net-show: tables, checks, upgrades; and its sentences.

setup() {
	root=$BATS_TEST_DIRNAME/../..
	shared=$root/../shared
	cd "$BATS_TEST_TMPDIR" || exit
}

@test "a standard net: one line per layer, totals, known numbers" {
	net-show lenet >t
	head -1 t | grep -q '^LAYER .*TYPE .*OUTPUT .*PARAMS .*MACS .*MEMORY$'
	[ "$(wc -l <t)" -eq 12 ]
	net-show lenet --tsv | awk -F'\t' '
		$1 == "conv1" { c = $3 " " $4 " " $5 " " $6 }
		{ p += $4; m += $5 }
		END { print c; print p, m }' >n
	diff n - <<-E
	1x20x24x24 520 288000 46080
	431080 2293000
	E
}

@test "published sizes: AlexNet 61 M, VGG-16 138 M and 15.5 G, ResNet-50 25.6 M" {
	net-show --list --tsv | awk -F'\t' '
		$1 ~ /^(alexnet|vgg16|resnet50|squeezenet)$/ { print $1, $3, $4 }' >n
	diff n - <<-E
	alexnet 60965224 724406816
	vgg16 138357544 15470264320
	resnet50 25610205 3857973248
	squeezenet 1235496 387747520
	E
}

@test "every standard net is built for train, val and deploy" {
	for n in $(net-show --list --tsv | cut -f1 | tail -n +2); do
		case $n in regression) size=2 ;; *) size=0 ;; esac
		net-show --check "$n" --label-size $size >out || { cat out; false; }
		[ "$(grep -c ': ok' out)" -eq 3 ]
	done
}

@test "json: an object per layer, then the totals" {
	net-show lenet --phase train -b 64 --json >j
	[ "$(wc -l <j)" -eq 11 ]
	python3 - <<-E
	import json
	rows = [json.loads(l) for l in open("j")]
	assert rows[0]["tops"][0] == {"name": "data", "shape": [64, 1, 28, 28]}
	assert rows[2]["layer"] == "conv1" and rows[2]["params"] == 520
	assert rows[-1]["params"] == sum(r["params"] for r in rows[:-1])
	E
}

@test "memory by batch: sums, growth, and the largest batch within a limit" {
	net-show lenet --memory -b 8,64,256 --limit 100M --json >j
	[ "$(wc -l <j)" -eq 4 ]
	python3 - <<-E
	import json
	rows = [json.loads(l) for l in open("j")]
	assert [r["batch"] for r in rows[:3]] == [8, 64, 256]
	parts = ["weights", "learning", "values", "workspace", "feeding", "rest"]
	for r in rows:
	    assert r["total"] == sum(r[k] for k in parts)
	    assert r["fits"] == (r["total"] <= 100 << 20)
	    # oneDNN fills channels up to whole vectors: with AVX2 more than others
	    assert 4 * 431080 <= r["weights"] < 1.05 * 4 * 431080
	for a, b in zip(rows[:2], rows[1:3]):
	    assert a["values"] < b["values"] and a["total"] < b["total"]
	assert rows[3]["largest"] and rows[3]["fits"]
	E
	best=$(tail -n 1 j | sed 's/.*"batch": \([0-9]*\),.*/\1/')
	net-show lenet --memory -b $((best + 1)) --limit 100M --json |
		head -n 1 | grep -q '"fits": false'
	net-show lenet --memory --limit 100M |
		grep -q "^100 MiB: the largest batch that fits is $best$"
	net-show lenet --memory --limit 1M | grep -q 'not even batch 1 fits'
	net-show lenet --memory --tsv -b 8 |
		awk -F'\t' 'NR == 2 { s = $2 + $3 + $4 + $5 + $6 + $7 }
		    END { exit NR != 2 || s != $8 }'
}

@test "memory of a net that only runs, on a device, and of one without a loss" {
	train=$(net-show lenet --memory --tsv -b 64 | tail -n 1 | cut -f8)
	run=$(net-show lenet --memory --phase val --tsv -b 64 | tail -n 1)
	[ "$(cut -f3 <<<"$run")" -eq 0 ]
	[ "$(cut -f8 <<<"$run")" -lt "$train" ]
	net-show lenet --memory --phase deploy -b 64 --tsv | grep -q '^64	'
	net-show lenet --memory --device cpu | grep -q 'largest batch that fits is'
	printf 'layer { name: "x" type: "Input" top: "x"
	    input_param { shape { dim: 1 dim: 2 dim: 9 dim: 9 } } }' >n.prototxt
	net-show n.prototxt --memory -b 3 --tsv | tail -n 1 |
	    grep -q '^3	0	0	1984	'
	run net-show lenet --memory --device none
	[ "$status" -eq 7 ]
	run net-show lenet -b 1,2
	[ "$status" -eq 2 ]
	[[ "$output" == *"several need --memory"* ]]
	run net-show lenet --memory -b 1,x
	[ "$status" -eq 2 ]
}

@test "every standard net that trains has a forecast" {
	for n in $(net-show --list --tsv | cut -f1 | tail -n +2); do
		net-show "$n" --memory --tsv --label-size \
		    "$([ "$n" = regression ] && echo 2 || echo 0)" >out
		[ "$(wc -l <out)" -eq 2 ]
	done
}

@test "phases, batch, classes, input" {
	net-show lenet --phase val | grep -q '^accuracy '
	net-show lenet --phase deploy >d
	! grep -q accuracy d || false
	net-show lenet --classes 7 | grep -q '^ip2 .*1x7 '
	net-show lenet --phase train -b 3 --input 1x20x20 |
		grep -q '^conv1 .*3x20x16x16'
	cat >n.prototxt <<-E
	layer { name: "d" type: "Data" top: "data" top: "label"
	  data_param { batch_size: 5 } }
	layer { name: "i" type: "InnerProduct" bottom: "data" top: "i" }
	layer { name: "l" type: "SoftmaxWithLoss" bottom: "i" bottom: "label" }
	E
	run net-show n.prototxt
	[ "$status" -eq 4 ]
	[[ "$output" == *'layer "d" (Data)'*"--input"* ]]
	run net-show n.prototxt --input 3x8x8
	[ "$status" -eq 3 ]
	[[ "$output" == *'layer "i"'*"num_output is not given"* ]]
	net-show n.prototxt --input 3x8x8 --classes 4 | grep -q '^i .*5x4 .*772 '
}

@test "--upgrade prints a net of 2014 in today's form, which is the same net" {
	cat >old.prototxt <<-E
	input: "data" input_dim: 1 input_dim: 3 input_dim: 8 input_dim: 8
	layers { name: "c" type: CONVOLUTION bottom: "data" top: "c"
	  blobs_lr: 1 blobs_lr: 2
	  convolution_param { num_output: 2 kernel_size: 3 } }
	layers { name: "r" type: RELU bottom: "c" top: "c" }
	E
	net-show --upgrade old.prototxt >new.prototxt
	grep -q 'type: "Convolution"' new.prototxt
	grep -q 'lr_mult: 2' new.prototxt
	diff <(net-show old.prototxt) <(net-show new.prototxt)
}

@test "--check says what is wrong, for every use, and what looks wrong" {
	cat >n.prototxt <<-E
	layer { name: "x" type: "Input" top: "x"
	  input_param { shape { dim: 1 dim: 4 } } }
	layer { name: "a" type: "InnerProduct" bottom: "x" top: "a"
	  inner_product_param { num_output: 2 } }
	layer { name: "b" type: "ReLU" bottom: "train_only" top: "b"
	  include { stage: "val" } }
	E
	run net-show --check n.prototxt
	[ "$status" -eq 3 ]
	[[ "$output" == *'val: layer "b" (ReLU): bottom "train_only" is not'* ]]
	[[ "$output" == *"deploy: ok"* ]]
	[[ "$output" == *'blob "a/0" starts at one value everywhere'* ]]
}

@test "sentences: no net, no such net, a bad line, an unknown type" {
	run net-show
	[ "$status" -eq 2 ]
	run net-show lenot
	[ "$status" -eq 4 ]
	[[ "$output" == *lenet* ]]
	run net-show none.prototxt
	[ "$status" -eq 4 ]
	printf 'layer {\n  nam: "x"\n}\n' >bad.prototxt
	run net-show bad.prototxt
	[ "$status" -eq 3 ]
	[[ "$output" == *"bad.prototxt:2:3"*"name"* ]]
	printf 'layer { name: "x" type: "Relu" }\n' >bad.prototxt
	run net-show bad.prototxt
	[[ "$output" == *'no layer type "Relu" (did you mean "ReLU"?)'* ]]
	run net-show lenet --input 3x4
	[ "$status" -eq 2 ]
	run net-show lenet --layers ./none.so
	[ "$status" -eq 4 ]
	run bash -c 'net-show lenet >/dev/full'
	[ "$status" -eq 5 ]
}

@test "the example plug-in is built as its Makefile says and shown" {
	mkdir out
	OUT=$PWD/out make -s -C "$root/examples/plugin-layer" OUT="$PWD/out" \
		"$PWD/out/blank_square.so" || skip "needs a plain build"
	run net-show "$root/examples/plugin-layer/net.prototxt" --phase train \
		--input 1x28x28 --classes 10
	[ "$status" -eq 3 ]
	[[ "$output" == *'no layer type "BlankSquare"'*"--layers"* ]]
	if [ "${SAN:-0}" = 1 ]; then
		return
	fi
	make -s -C "$root/examples/plugin-layer" OUT="$PWD/out" |
		grep -q '^blank  *BlankSquare  *64x1x28x28'
}

@test "a model folder of Caffe's own days" {
	[ -d "$shared/data/models" ] || skip "no ../shared"
	net-show "$shared/data/models/lenet_bvlc2014/lenet.prototxt" |
		grep -q '^ip2 .*64x10 '
	net-show --input 1x28x28 --phase train \
		"$shared/data/models/lenet_bvlc2014/lenet_train_test.prototxt" |
		grep -q '^loss '
}

@test "the examples of the page run" {
	net-show lenet
	net-show --list
	net-show alexnet --memory -b 16,64,256 --limit 8G
	net-show lenet --graph lenet.svg
	net-show --check lenet
}
