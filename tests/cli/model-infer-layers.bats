#!/usr/bin/env bats
# model-infer --view layers: what is inside of a net, as rows, pictures and a page.  The
# net's weights are small numbers that are known.

bats_require_minimum_version 1.5.0

setup() {
	cd "$BATS_TEST_TMPDIR" || exit
	mkdir m
	cat >m/deploy.prototxt <<-E
	layer { name: "in" type: "Input" top: "data"
	  input_param { shape { dim: 1 dim: 3 dim: 4 dim: 4 } } }
	layer { name: "a/conv" type: "Convolution" bottom: "data" top: "conv"
	  convolution_param { num_output: 2 kernel_size: 2 } }
	layer { name: "relu" type: "ReLU" bottom: "conv" top: "conv" }
	layer { name: "ip" type: "InnerProduct" bottom: "conv" top: "ip"
	  inner_product_param { num_output: 3 } }
	layer { name: "prob" type: "Softmax" bottom: "ip" top: "prob" }
	E
	printf 'cat\ndog\n<b>bird\n' >m/labels.txt
	python3 "$BATS_TEST_DIRNAME/caffemodel.py" m/w.caffemodel four \
	    a/conv:2x3x2x2,2 ip:3x18,3
	printf 'P3 4 4 255' >x.ppm
	for i in 0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15; do
		printf ' %s' $i $((2 * i)) $((255 - i)) >>x.ppm
	done
	mkdir other
	cp x.ppm other/x.ppm
}

infer() {
	run model-infer --device "${DEV:-cpu}" -m m --view layers "$@"
	echo "$status: $output"
}

@test "a row for weights and for what each layer puts out" {
	infer x.ppm
	[ "$status" -eq 0 ]
	[[ "${lines[0]}" == LAYER*TYPE*OF*SHAPE*PARAMETERS*MEAN*DEVIATION*TILES ]]
	[[ "${lines[1]}" == in*Input*activation*1x3x4x4*90*1 ]]
	[[ "${lines[2]}" == a/conv*Convolution*weights*2x3x2x2*26*2 ]]
	[[ "${lines[3]}" == a/conv*Convolution*activation*1x2x3x3*2 ]]
	[[ "${lines[4]}" == relu*ReLU*activation*1x2x3x3*2 ]]
	[[ "${lines[5]}" == ip*InnerProduct*weights*3x18*57*- ]]
	[[ "${lines[7]}" == prob*Softmax*activation*1x3*0.333333*3 ]]
	[ "${lines[8]}" = "1 image, 5 layers, 83 parameters" ]
	infer --tsv x.ppm
	grep -v ^0: <<<"$output" >cpu
	DEV=ref infer --tsv x.ppm
	[ "$status" -eq 0 ]
	cut -f 1-8 cpu >a
	cut -f 1-8 <<<"${output#0: }" >b
	cmp a b
}

@test "a layer that works in place has numbers of its own" {
	infer --json --layer 'a/*,relu' x.ppm
	[ "$status" -eq 0 ]
	[ "${#lines[@]}" -eq 4 ]
	[[ "${lines[1]}" == *'"of": "activation", "blob": "conv"'* ]]
	[[ "${lines[1]}" == *'"min": -'* ]]
	[[ "${lines[2]}" == *'"layer": "relu"'*'"blob": "conv"'*'"min": 0'* ]]
	[[ "${lines[2]}" == *'"histogram": {"y": ['*'"ticks": [0'* ]]
	[[ "${lines[3]}" == '{"summary": {"images": 1, "layers": 2, "parameters": 26}}' ]]
}

@test "a folder: tiles and histograms of each picture, the weights once" {
	infer -o made x.ppm other/x.ppm
	[ "$status" -eq 0 ]
	[ "$(cd made && printf '%s ' *)" = "layers.tsv weights x x-2 " ]
	[ "$(cd made/weights && printf '%s ' *)" = "002-a-conv-histogram.png 002-a-conv-weights.png 005-ip-histogram.png " ]
	[ "$(find made/x -name '*-activation.png' | wc -l)" -eq 5 ]
	[ "$(find made/x-2 -name '*-histogram.png' | wc -l)" -eq 5 ]
	[ "$(grep -c . made/layers.tsv)" -eq 13 ]
	# every file that is named is there, and no other
	cut -f 16,17 made/layers.tsv | tail -n +2 | tr '\t' '\n' | grep . | sort >named
	(cd made && find . -name '*.png' | sed 's,^\./,,' | sort) >there
	cmp named there
	# the picture as it went in; the least value is black, of the net's B G R
	python3 "$BATS_TEST_DIRNAME/pixels.py" made/x/001-in-activation.png \
	    0,0=0,0,255 299,299=15,30,240
	infer -o made x.ppm
	[ "$status" -eq 8 ]
	infer -f -o made --layer prob x.ppm
	[ "$status" -eq 0 ]
	[ ! -e made/weights ]
	# the same again
	cp -r made again
	infer -f -o made --layer prob x.ppm
	diff -r made again
}

@test "a page that stands by itself" {
	infer --html layers.html -q x.ppm
	[ "$status" -eq 0 ]
	python3 - <<-E
	import html.parser, re
	text = open("layers.html").read()
	class P(html.parser.HTMLParser):
	    open, seen = [], {}
	    def handle_starttag(self, tag, attrs):
	        a = dict(attrs)
	        self.seen[tag] = self.seen.get(tag, 0) + 1
	        if tag not in ("meta", "img", "br"):
	            self.open.append(tag)
	        if tag == "img":
	            assert a["alt"] and a["src"].startswith("data:image/png;base64,"), a
	        if tag == "svg":
	            assert a["aria-label"].startswith("histogram from "), a
	        assert tag not in ("script", "link", "b0ld"), tag
	    handle_startendtag = lambda self, tag, attrs: None
	    def handle_endtag(self, tag):
	        assert self.open.pop() == tag, tag
	p = P()
	p.feed(text)
	assert p.open == [], p.open
	assert p.seen["tr"] == 7 and p.seen["svg"] == 7, p.seen
	assert p.seen["img"] == 7, p.seen    # of the picture and all but ip's weights
	assert p.seen["li"] == 3
	assert "prefers-color-scheme:dark" in text
	assert "&lt;b&gt;bird" in text
	assert not re.search(r'(src|href)="(?!data:)', text)
	E
	infer --html layers.html x.ppm
	[ "$status" -eq 8 ]
	infer --html layers.txt x.ppm
	[ "$status" -eq 2 ]
}

@test "what is not there, or makes no sense, is said before a picture is read" {
	infer --layer 'pool*' gone.ppm
	[ "$status" -eq 4 ]
	[[ "$output" == *"--layer pool*: the net has no layer or blob of that name"* ]]
	[[ "$output" != *gone* ]]
	infer --require 'top1>=0' gone.ppm
	[ "$status" -eq 2 ]
	[[ "$output" == *"--require is about how good answers are"* ]]
	infer --confusion c.png gone.ppm
	[ "$status" -eq 2 ]
	infer -b 4 x.ppm
	[ "$status" -eq 0 ]
	[[ "$output" == *'--batch has no effect on the view "layers"'* ]]
	run model-infer -m m --html a.html x.ppm
	[ "$status" -eq 2 ] || [[ "$output" == *"--html"* ]]
	[ ! -e a.html ]
}

@test "bad pictures are named, a full disk leaves nothing" {
	echo no >bad.ppm
	infer -o made --html p.html bad.ppm x.ppm
	[ "$status" -eq 1 ]
	[[ "$output" == *"bad.ppm"* ]]
	[ "$(cd made && printf '%s ' *)" = "layers.tsv weights x " ]
	rm -r made p.html
	run bash -c 'model-infer --device cpu -m m --view layers --tsv -o made x.ppm >/dev/full'
	[ "$status" -eq 5 ]
	rm -rf made
	infer -o made --html no/where.html x.ppm
	[ "$status" -ge 4 ]
	[ ! -e made ]
	[ -z "$(find . -name '.*tmp*')" ]
}

@test "values that are no numbers are counted, not shown as some" {
	sed -i 's/type: "ReLU"/type: "Power" power_param { power: 0.5 shift: 20 }/' m/deploy.prototxt
	infer --json --layer relu x.ppm
	[ "$status" -eq 0 ]
	python3 -c '
import json, sys
r = json.loads(sys.argv[1])
assert r["finite"] < r["count"] == 18, r
assert sum(r["histogram"]["y"]) == r["finite"]' "${lines[0]}"
}

@test "parameters that two layers share count once, as for net-show" {
	sed -i 's/name: "a\/conv"/& param { name: "w" } param { name: "b" }/
		s/bottom: "conv" top: "ip"/bottom: "again" top: "ip"/' m/deploy.prototxt
	sed -i '/"relu"/a layer { name: "again" type: "Convolution" bottom: "data" top: "again"\n param { name: "w" } param { name: "b" }\n convolution_param { num_output: 2 kernel_size: 2 } }' m/deploy.prototxt
	infer --json x.ppm
	[ "$status" -eq 0 ]
	[ "$(grep -c '"parameters": 26,' <<<"$output")" -eq 2 ]
	[[ "$output" == *'{"summary": {"images": 1, "layers": 6, "parameters": 83}}'* ]]
}
