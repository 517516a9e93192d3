#!/usr/bin/env bats
# Databases that other programs made: records of SSD, gray beside colour.

load small

setup_file() {
	export D=$BATS_FILE_TMPDIR
	command -v "${CC:-cc}" >/dev/null || skip "no compiler"
	small_make "$D"
	cat >"$D/put.c" <<-'E'
	#include <lmdb.h>
	#include <stdint.h>
	#include <stdio.h>
	/* What stands on standard input, lengths before key and value, into argv[1]. */
	int main(int argc, char **argv)
	{
		static char k[1 << 10], v[1 << 16];
		uint32_t n[2];
		MDB_env *e;
		MDB_txn *t;
		MDB_dbi d;
		if (argc < 2 || mdb_env_create(&e) ||
		    mdb_env_set_mapsize(e, 16 << 20) ||
		    mdb_env_open(e, argv[1], 0, 0666) ||
		    mdb_txn_begin(e, 0, 0, &t) || mdb_dbi_open(t, 0, 0, &d))
			return 1;
		while (fread(n, 4, 2, stdin) == 2 && n[0] < sizeof k &&
		    n[1] < sizeof v && fread(k, 1, n[0], stdin) == n[0] &&
		    fread(v, 1, n[1], stdin) == n[1]) {
			MDB_val a = { n[0], k }, b = { n[1], v };
			if (mdb_put(t, d, &a, &b, 0))
				return 1;
		}
		return mdb_txn_commit(t);
	}
	E
	"${CC:-cc}" -o "$D/put" "$D/put.c" -llmdb
	cat >"$D/records.py" <<-'E'
	import struct, sys
	def varint(n):
	    out = b''
	    while n > 127:
	        out += bytes([n & 127 | 128]); n >>= 7
	    return out + bytes([n])
	def number(field, n): return varint(field << 3) + varint(n)
	def text(field, b): return varint(field << 3 | 2) + varint(len(b)) + b
	def datum(channels, i):
	    return (number(1, channels) + number(2, 28) + number(3, 28) +
	        text(4, bytes([i * 7 % 256]) * (channels * 784)) + number(5, i % 3))
	for i in range(12):
	    if sys.argv[1] == 'mixed':
	        value = datum(1 if i % 3 == 2 else 3, i)
	    elif sys.argv[1] == 'six':
	        value = datum(6, i)
	    else: # AnnotatedDatum: datum, type, annotation_group
	        value = text(1, datum(3, i)) + number(2, 0) + text(3, number(1, 1))
	    key = b'%08d' % i
	    sys.stdout.buffer.write(struct.pack('<II', len(key), len(value)) + key + value)
	E
	for kind in mixed annotated six; do
		mkdir -p "$D/$kind/train_db" "$D/$kind/val_db"
		python3 "$D/records.py" $kind | "$D/put" "$D/$kind/train_db"
		cp "$D/$kind/train_db/data.mdb" "$D/$kind/val_db/"
		printf 'a\nb\nc\n' >"$D/$kind/labels.txt"
	done
}

setup() {
	cd "$BATS_TEST_TMPDIR" || exit
}

@test "SSD's records are named, with what to do" {
	for cmd in "dset-show $D/annotated" "dset-show --verify $D/annotated" \
	    "dset-show --stats $D/annotated/train_db" "dset-show --export x $D/annotated" \
	    "model-train -d $D/annotated -n lenet --mean none --device cpu -o x" \
	    "model-infer -m $D/m --db $D/annotated/train_db"; do
		run $cmd
		echo "$cmd: $status: $output"
		[ "$status" -eq 3 ]
		[[ "$output" == *"an AnnotatedDatum of SSD, a picture with its boxes: "*"--type detection"* ]]
		[ ! -e x ]
	done
	[[ "$output" == *"$D/annotated/train_db: none of its records can be used" ]]
}

@test "gray records beside colour ones are named, with what to do" {
	run dset-show "$D/mixed"
	[ "$status" -eq 0 ]
	[[ "$output" == *"$D/mixed/train_db: 4 gray and 8 colour records are mixed: force_color: true"*"dset-create --color"* ]]
	run dset-show "$D/dset"
	[[ "$output" != *mixed* ]]
	run model-train -q -d "$D/mixed" -n lenet -b 4 -e 1 --mean none --device cpu -o m
	[ "$status" -eq 3 ]
	[[ "$output" == *"record 2 is 1x28x28, the first was 3x28x28"*"gray and colour are mixed, which force_color: true"* ]]
	# the remedies
	sed "s|mean_file: .*|force_color: true|; s|$D/dset/|$D/mixed/|" \
	    "$D/m/train_val.prototxt" >net
	[ "$(grep -c "$D/mixed/" net)" -eq 2 ]
	sed 's|^net: .*|net: "net"|' "$D/m/solver.prototxt" >solver
	model-train -q --solver-file solver --device cpu -o coloured
	dset-show -q --export pictures "$D/mixed"
	dset-create -q --color --size 28x28 --val 0 --duplicates ignore --list pictures/train.txt --root pictures -o d
	run dset-show d
	[[ "$output" == *"3x28x28"* && "$output" != *mixed* ]]
	run model-infer -m "$D/m" --tsv --db "$D/mixed/train_db"
	[ "$status" -eq 0 ]
}

@test "one deviation for all channels, of more than a picture has" {
	mkdir -p m
	cat >m/deploy.prototxt <<-E
	input: "data" input_shape { dim: 1 dim: 6 dim: 28 dim: 28 }
	layer { name: "ip" type: "InnerProduct" bottom: "data" top: "ip"
	  inner_product_param { num_output: 2 bias_term: false } }
	E
	python3 - >m/ones.caffemodel <<-'E'
	import struct, sys
	n = 2 * 6 * 784
	def varint(n): return bytes([n & 127 | 128]) + varint(n >> 7) if n > 127 else bytes([n])
	def text(field, b): return varint(field << 3 | 2) + varint(len(b)) + b
	blob = (text(7, text(1, varint(2) + varint(n // 2))) +
	    text(5, struct.pack('<%df' % n, *[1] * n)))
	sys.stdout.buffer.write(text(100, text(1, b'ip') + text(2, b'InnerProduct') + text(7, blob)))
	E
	echo '{"input std": [2], "input scale": 0.5}' >m/info.json
	model-infer -q --device cpu -m m --db "$D/six/val_db" --outputs data --npy a.npy >/dev/null
	python3 - <<-'E'
	import struct
	b = open('a.npy', 'rb').read()
	at, n = 10 + struct.unpack('<H', b[8:10])[0], 6 * 784
	assert len(b) - at == 12 * n * 4, len(b)
	for i in range(12):
	    assert set(struct.unpack('<%df' % n, b[at + i * n * 4:][:n * 4])) == {i * 7 / 4}, i
	E
}
