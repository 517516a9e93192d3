#!/usr/bin/env bats
# The hardware panel: of the process, and of a GPU that NVML (here a library of
# known answers) tells of.  The GPU is the emulator's, whose PCI bus id is
# 0000:00:00.0.

setup_file() {
	export D=$BATS_FILE_TMPDIR
	for c in 0 1; do
		mkdir -p "$D/few/$c"
		for i in 1 2 3 4 5 6 7 8; do
			{ printf 'P5\n28 28\n255\n'
			head -c 784 /dev/zero | tr '\0' "\\$c$i$c"; } \
			    >"$D/few/$c/$i.pgm"
		done
	done
	dset-create -q --gray --size 28x28 --encoding none -o "$D/dset" "$D/few"
	cat >"$D/net.prototxt" <<-'END'
	layer { name: "data" type: "Data" top: "data" top: "label" data_param { batch_size: 4 } }
	layer { name: "ip" type: "InnerProduct" bottom: "data" top: "ip"
	  inner_product_param { weight_filler { type: "xavier" } } }
	layer { name: "loss" type: "SoftmaxWithLoss" bottom: "ip" bottom: "label" top: "loss"
	  exclude { stage: "deploy" } }
	END
	export NNUTILS_MODULES=$OBJ/emu
}

# nvml FOLDER FLAGS...: a libnvidia-ml.so.1; -DMUTE=1 knows no utilisation and
# no power, -DHANG=1 waits for ever in its start, -DOLD=1 lacks a function.
nvml() {
	dir=$1
	shift
	mkdir -p "$dir"
	cat >"$dir/nvml.c" <<-'END'
	#include <stdio.h>
	#include <string.h>
	#include <unistd.h>
	int nvmlInit_v2(void)
	{
	#ifdef HANG
		for (;;)
			sleep(1);
	#endif
		return 0;
	}
	int nvmlShutdown(void) { return 0; }
	const char *nvmlErrorString(int e)
	{
		return e == 3 ? "Not Supported" : "Not Found";
	}
	int nvmlDeviceGetHandleByPciBusId_v2(const char *bus, void **d)
	{
		*d = (void *)0x1234;
		return strcmp(bus, "0000:00:00.0") == 0 ? 0 : 6;
	}
	int nvmlDeviceGetUtilizationRates(void *d, unsigned *u)
	{
	#ifdef MUTE
		return 3;
	#endif
		u[0] = 37;
		u[1] = 5;
		return d == (void *)0x1234 ? 0 : 2;
	}
	int nvmlDeviceGetMemoryInfo(void *d, unsigned long long *m)
	{
		m[0] = 150754820096ull;
		m[1] = 100754820096ull;
		m[2] = 50000000000ull;
		return d == (void *)0x1234 ? 0 : 2;
	}
	int nvmlDeviceGetTemperature(void *d, int sensor, unsigned *t)
	{
		*t = 41;
		return d == (void *)0x1234 && sensor == 0 ? 0 : 2;
	}
	#ifndef OLD
	int nvmlDeviceGetPowerUsage(void *d, unsigned *w)
	{
	#ifdef MUTE
		return 3;
	#endif
		*w = 612500;
		return 0;
	}
	#endif
	int nvmlSystemGetDriverVersion(char *v, unsigned n)
	{
		snprintf(v, n, "580.65.06");
		return 0;
	}
	END
	$CC -shared -fPIC "$@" -o "$dir/libnvidia-ml.so.1" "$dir/nvml.c"
}

# train DEVICE NAME: some seconds of it, status 75; its last panel event.
train() {
	run model-train -q -d "$D/dset" -n "$D/net.prototxt" -e 100000 \
	    --val-interval 100 --snapshot-interval 0 --time-budget 2.4 \
	    --device "$1" -o "$D/m-$2" --events "$D/$2.events"
	[ "$status" -eq 75 ] || { echo "$output"; false; }
	grep '"event": "panel"' "$D/$2.events" | tail -n 1 >"$D/last"
	[ -s "$D/last" ]
}

# has 'EXPRESSION over p', the panel's members of the last event.
has() {
	python3 -c 'import json, sys
p = json.load(open(sys.argv[1]))["panel"]
sys.exit(0 if eval(sys.argv[2]) else str(p))' "$D/last" "$1"
}

@test "a GPU's figures are NVML's, in events and in train.ndjson" {
	nvml "$D/whole"
	LD_LIBRARY_PATH=$D/whole train cuda whole
	has 'p["gpu_percent"] == 37 and p["gpu_memory_bytes"] == 50000000000'
	has 'p["gpu_memory_total_bytes"] == 150754820096'
	has 'p["gpu_celsius"] == 41 and p["gpu_watts"] == 612.5'
	n=$(grep -c '"event": "panel"' "$D/whole.events")
	[ "$n" -ge 1 ]
	[ "$n" -le 6 ]
	grep '"event": "panel"' "$D/m-whole/train.ndjson" && false
	grep '"event": "val"' "$D/m-whole/train.ndjson" | tail -n 1 |
	    grep '"gpu_watts": 612.5'
	run model-show "$D/m-whole"
	[[ $output == *", gpu 37% 50.0 GB of 150.8 GB 41 C 612 W"* ]]
}

@test "what NVML does not tell is absent, not zero" {
	nvml "$D/mute" -DMUTE=1
	LD_LIBRARY_PATH=$D/mute train cuda mute
	has '"gpu_percent" not in p and "gpu_watts" not in p'
	has 'p["gpu_celsius"] == 41'
}

@test "the process is looked at on every device" {
	train cpu cpu
	has '0 < p["cpu_percent"] < 100000'
	has '1e6 < p["rss_bytes"] <= p["rss_peak_bytes"] < 1e12'
	has 'not any(k.startswith("gpu") for k in p)'
}

@test "a driver without NVML, or with another one, is no matter" {
	nvml "$D/old" -DOLD=1
	LD_LIBRARY_PATH=$D/old train cuda old
	has 'not any(k.startswith("gpu") for k in p) and "rss_bytes" in p'
	rm -r "$D/old"
	LD_LIBRARY_PATH=$D/old run model-train -v -d "$D/dset" -n "$D/net.prototxt" \
	    -e 1 --device cuda -o "$D/m-none"
	[ "$status" -eq 0 ]
	[ -e /dev/nvidiactl ] ||
	    [[ $output == *"not on the panel: libnvidia-ml.so.1"* ]]
}

@test "a driver that hangs holds nothing up" {
	nvml "$D/hang" -DHANG=1
	LD_LIBRARY_PATH=$D/hang train cuda hang
	has 'not any(k.startswith("gpu") for k in p)'
}
