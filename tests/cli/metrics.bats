#!/usr/bin/env bats
# model-train --metrics: OpenMetrics, read by a parser of its text format.

bats_require_minimum_version 1.5.0
load judges

setup_file() {
	export D=$BATS_FILE_TMPDIR
	. tests/cli/small.bash
	small_make "$D"
	# version 1.0.0, "Text Format": one family after the other, its TYPE, UNIT and HELP
	# before its samples, labels quoted, the end marked, nothing behind it
	cat >"$D/parse.py" <<-'E'
	import re, sys
	text = open(sys.argv[1], encoding="utf-8", newline="").read()
	assert text.endswith("# EOF\n") and "\r" not in text
	lines = text[:-1].split("\n")
	assert lines.pop() == "# EOF" and "# EOF" not in lines
	name, label = r"[a-zA-Z_:][a-zA-Z0-9_:]*", r'([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\[\\n"])*)"'
	number = r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?|NaN|[+-]Inf"
	family, seen, series, values = None, set(), set(), {}
	for l in lines:
	    m = re.fullmatch(r"# (TYPE|UNIT|HELP) (%s) (.*)" % name, l)
	    if m:
	        kind, of, rest = m.groups()
	        if of != family:
	            assert of not in seen, "family twice: " + l
	            seen.add(of)
	            family, sampled, meta = of, False, set()
	        assert not sampled and kind not in meta, l
	        meta.add(kind)
	        if kind == "TYPE":
	            assert rest == "gauge", l
	        if kind == "UNIT":
	            assert of.endswith("_" + rest), l
	        continue
	    m = re.fullmatch(r"(%s)\{(%s(?:,%s)*)\} (%s)" % (name, label, label, number), l)
	    assert m, "no sample: " + l
	    assert m.group(1) == family, l
	    sampled = True
	    labels = re.findall(label, m.group(2))
	    assert len(dict(labels)) == len(labels), l
	    key = (m.group(1),) + tuple(sorted(labels))
	    assert key not in series, l
	    series.add(key)
	    unescape = lambda s: re.sub(r"\\(.)", lambda e: "\n" if e.group(1) == "n" else e.group(1), s)
	    values[m.group(1)[17:] + "".join("/" + unescape(v) for k, v in labels)] = float(m.group(m.lastindex))
	for k, v in values.items():
	    print(repr(k)[1:-1], v)
	E
}

setup() {
	cd "$BATS_TEST_TMPDIR" || exit
}

train=(model-train -q -d "$BATS_FILE_TMPDIR/dset" -n lenet -b 9 -e 2 --device cpu -j 1)

@test "the end of a training" {
	"${train[@]}" --metrics m.prom -o 'a "b" \c' >/dev/null
	python3 "$D/parse.py" m.prom >out
	grep -qx 'running/a "b" \\\\c 0.0' out
	grep -qx 'iteration/a "b" \\\\c 6.0' out
	grep -qx 'iterations/a "b" \\\\c 6.0' out
	grep -qx 'epoch/a "b" \\\\c 2.0' out
	grep -qx 'eta_seconds/a "b" \\\\c 0.0' out
	grep -q 'output/a "b" \\\\c/val/accuracy 0.[0-9]' out
	grep -q 'output/a "b" \\\\c/val/loss ' out
	[ "$(ls -A)" = "$(printf 'a "b" \\c\nm.prom\nout')" ]
}

@test "the parser of prometheus_client reads it, whatever the names" {
	need_readers prometheus_client
	"${train[@]}" -e 1 --metrics m.prom -o $'a "b" \\c\nd' >/dev/null
	judge - <<-'P'
	from prometheus_client.openmetrics.parser import text_string_to_metric_families
	text = open("m.prom", encoding="utf-8", newline="").read()
	found = {f.name: f for f in text_string_to_metric_families(text)}
	assert all(f.type == "gauge" and f.documentation for f in found.values())
	assert all(s.labels["model"] == 'a "b" \\c\nd' for f in found.values() for s in f.samples), found
	assert found["nnutils_training_iteration"].samples[0].value == 3
	assert found["nnutils_training_elapsed_seconds"].unit == "seconds"
	outputs = {s.labels["output"]: s.value for s in found["nnutils_training_output"].samples}
	assert 0 <= outputs["accuracy"] <= 1 and outputs["loss"] > 0, outputs
	P
}

@test "a model by another name of its folder is the same model" {
	"${train[@]}" -e 1 --metrics m.prom -o net// >/dev/null
	grep -q '{model="net"} 0$' m.prom
	cd net
	"${train[@]}" -f --resume -e 2 --metrics ../n.prom --tensorboard ../boards -o . >/dev/null
	grep -q '{model="net"} 0$' ../n.prom
	[ "$(ls ../boards)" = net ]
	[ "$(job-list --json . | grep -c '"name": "net"')" -eq 1 ]
}

@test "while it goes on, it is whole at every moment" {
	"${train[@]}" -e 300 --metrics m.prom -o m >/dev/null 3>&- &
	pid=$!
	n=0
	while kill -0 $pid 2>/dev/null; do
		[ -e m.prom ] || continue
		cp m.prom now
		python3 "$D/parse.py" now >out
		n=$((n + 1))
		! grep -q 'running/m 1.0' out || break
	done
	grep -qx 'running/m 1.0' out
	grep -q 'learning_rate/m 0.0' out
	grep -q 'images_per_second/m [1-9]' out
	grep -q 'eta_seconds/m ' out
	grep -q 'output/m/train/loss ' out
	kill -TERM $pid
	wait $pid || rc=$?
	[ "$rc" -eq 75 ]
	python3 "$D/parse.py" m.prom >out
	grep -qx 'running/m 0.0' out
}

@test "a training that fails, a foreign file, a full disk" {
	run -3 "${train[@]}" --lr 1e6 -e 5 --metrics m.prom -o f
	python3 "$D/parse.py" m.prom >out
	grep -qx 'running/f 0.0' out
	# its own file is replaced
	"${train[@]}" --metrics m.prom -o g >/dev/null
	grep -q 'model="g"' m.prom
	echo mine >mine
	run -8 "${train[@]}" --metrics mine -o h
	[ "$(cat mine)" = mine ]
	run -4 "${train[@]}" --metrics no/m.prom -o h
	[ ! -e h ]
}
