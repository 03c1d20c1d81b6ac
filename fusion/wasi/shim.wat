;; What a node gets in place of WASI: every function here depends on the calls made so far and on nothing else, so that a
;; node stays pure. The functions of `wasi_snapshot_preview1` that mainline Go, wasi-libc and Rust import, and wrappers
;; around `handle` and `tick` that set the clock and turn what was printed into messages on the log port.
;;
;; fusion/wasi/link.ts joins this module to the node's: the imports below are the node's own, functions and memory.
;; `node fusion/wasi/generate.ts` writes generated/shim.ts from it.
(module
  (import "node" "memory" (memory $node 0))
  (import "node" "cabi_realloc" (func $realloc (param i32 i32 i32 i32) (result i32)))
  (import "node" "handle" (func $node_handle (param i32 i32 i32) (result i32)))
  (import "node" "tick" (func $node_tick (param i64) (result i32)))
  (import "node" "cabi_post_handle" (func $node_post_handle (param i32)))
  (import "node" "cabi_post_tick" (func $node_post_tick (param i32)))

  ;; What was printed and is not logged yet. Apart from the node's memory, whose free parts only the node knows.
  (memory $text 1 1)
  (global $textBytes (export "flowfusion:text-bytes") (mut i32) (i32.const 0))
  (export "flowfusion:text" (memory $text))

  ;; ns since the Unix epoch: of the message or tick being handled.
  (global $wallNs (mut i64) (i64.const 0))
  ;; Never behind the greatest $wallNs. The Go runtime takes 0 for a broken clock.
  (global $monotonicNs (mut i64) (i64.const 1))
  ;; State of SplitMix64, seeded with the fractional digits of pi.
  (global $random (mut i64) (i64.const 0x243f6a8885a308d3))
  ;; The node's own result while the caller has one with log lines; 0 when the caller has the node's own.
  (global $nodeResult (mut i32) (i32.const 0))

  ;; Most text of one call, in bytes; what is printed beyond it is lost.
  (global $textBytesMax i32 (i32.const 16384))

  ;; ---- wrappers ----

  (func (export "handle") (param $port i32) (param $message i32) (param $length i32) (result i32)
    (call $setClock (i64.load $node (local.get $message)))
    (call $withLog (call $node_handle (local.get $port) (local.get $message) (local.get $length))))

  (func (export "tick") (param $nowNs i64) (result i32)
    (call $setClock (local.get $nowNs))
    (call $withLog (call $node_tick (local.get $nowNs))))

  (func (export "cabi_post_handle") (param $result i32)
    (call $node_post_handle (call $ownResult (local.get $result))))

  (func (export "cabi_post_tick") (param $result i32)
    (call $node_post_tick (call $ownResult (local.get $result))))

  ;; Stand in for functions that a node does not have; never called.
  (func (export "absent tick") (param i64) (result i32) (unreachable))
  (func (export "absent post") (param i32) (unreachable))

  (func $setClock (param $nowNs i64)
    (global.set $nodeResult (i32.const 0))
    (global.set $wallNs (local.get $nowNs))
    (if (i64.gt_u (local.get $nowNs) (global.get $monotonicNs))
      (then (global.set $monotonicNs (local.get $nowNs)))))

  (func $ownResult (param $result i32) (result i32)
    (if (result i32) (global.get $nodeResult)
      (then (global.get $nodeResult))
      (else (local.get $result))))

  ;; The node's list of emissions, with a line on the log port for each line printed.
  (func $withLog (param $result i32) (result i32)
    (if (result i32) (global.get $textBytes)
      (then (call $appendLog (local.get $result)))
      (else (local.get $result))))

  (func $appendLog (param $result i32) (result i32)
    (local $list i32) (local $count i32) (local $end i32) (local $at i32) (local $lineEnd i32) (local $extended i32)
    (local.set $end (global.get $textBytes))
    (local.set $count (i32.load $node offset=4 (local.get $result)))
    ;; A node that claims more emissions than memory can hold gets its own result back, for the flow to refuse.
    (if (i32.gt_u (local.get $count) (i32.const 65536)) (then (return (local.get $result))))
    (local.set $extended (call $realloc (i32.const 0) (i32.const 0) (i32.const 8) (i32.const 8)))
    (local.set $list (call $realloc (i32.const 0) (i32.const 0) (i32.const 8)
      (i32.mul (i32.const 12) (i32.add (local.get $count) (call $countLines (local.get $end))))))
    (memory.copy $node $node (local.get $list) (i32.load $node (local.get $result))
      (i32.mul (i32.const 12) (local.get $count)))
    (loop $next
      (local.set $lineEnd (call $lineEnd (local.get $at) (local.get $end)))
      (if (i32.ne (local.get $lineEnd) (local.get $at))
        (then
          (call $writeLine
            (i32.add (local.get $list) (i32.mul (i32.const 12) (local.get $count)))
            (local.get $at)
            (i32.sub (local.get $lineEnd) (local.get $at)))
          (local.set $count (i32.add (local.get $count) (i32.const 1)))))
      (local.set $at (i32.add (local.get $lineEnd) (i32.const 1)))
      (br_if $next (i32.lt_u (local.get $at) (local.get $end))))
    ;; What the calls of cabi_realloc printed, if anything, is lost.
    (global.set $textBytes (i32.const 0))
    (i32.store $node (local.get $extended) (local.get $list))
    (i32.store $node offset=4 (local.get $extended) (local.get $count))
    (global.set $nodeResult (local.get $result))
    (local.get $extended))

  ;; Address of the line feed that ends the line at $at, or $end.
  (func $lineEnd (param $at i32) (param $end i32) (result i32)
    (block $found
      (loop $next
        (br_if $found (i32.ge_u (local.get $at) (local.get $end)))
        (br_if $found (i32.eq (i32.load8_u $text (local.get $at)) (i32.const 10)))
        (local.set $at (i32.add (local.get $at) (i32.const 1)))
        (br $next)))
    (local.get $at))

  ;; Lines that are not empty.
  (func $countLines (param $end i32) (result i32)
    (local $at i32) (local $lineEnd i32) (local $count i32)
    (loop $next
      (local.set $lineEnd (call $lineEnd (local.get $at) (local.get $end)))
      (local.set $count (i32.add (local.get $count) (i32.ne (local.get $lineEnd) (local.get $at))))
      (local.set $at (i32.add (local.get $lineEnd) (i32.const 1)))
      (br_if $next (i32.lt_u (local.get $at) (local.get $end))))
    (local.get $count))

  ;; One emission on the log port: a text message without a topic.
  (func $writeLine (param $emission i32) (param $start i32) (param $length i32)
    (local $bytes i32) (local $message i32)
    (local.set $bytes (i32.and (i32.add (local.get $length) (i32.const 31)) (i32.const -8)))
    (local.set $message (call $realloc (i32.const 0) (i32.const 0) (i32.const 8) (local.get $bytes)))
    (i64.store $node (i32.sub (i32.add (local.get $message) (local.get $bytes)) (i32.const 8)) (i64.const 0))
    (i64.store $node (local.get $message) (global.get $wallNs))
    (i64.store $node offset=8 (local.get $message) (i64.const 0))
    (i32.store $node offset=16 (local.get $message) (i32.const 4))
    (i32.store $node offset=20 (local.get $message) (local.get $length))
    (memory.copy $node $text (i32.add (local.get $message) (i32.const 24)) (local.get $start) (local.get $length))
    (i32.store $node (local.get $emission) (i32.const -1))
    (i32.store $node offset=4 (local.get $emission) (local.get $message))
    (i32.store $node offset=8 (local.get $emission) (local.get $bytes)))

  ;; ---- wasi_snapshot_preview1; results are errno: 0 success, 8 badf, 28 inval, 70 spipe ----

  (func (export "wasi args_get") (param i32 i32) (result i32) (i32.const 0))
  (func (export "wasi args_sizes_get") (param $count i32) (param $bytes i32) (result i32)
    (i32.store $node (local.get $count) (i32.const 0))
    (i32.store $node (local.get $bytes) (i32.const 0))
    (i32.const 0))
  ;; The environment is GOMEMLIMIT=12MiB and no more: a flow gives a node 16 MiB by default, which Go's garbage collector
  ;; would not know. Near this much it works harder rather than ask for more.
  (func (export "wasi environ_sizes_get") (param $count i32) (param $bytes i32) (result i32)
    (i32.store $node (local.get $count) (i32.const 1))
    (i32.store $node (local.get $bytes) (i32.const 17))
    (i32.const 0))
  (func (export "wasi environ_get") (param $pointers i32) (param $at i32) (result i32)
    (i32.store $node (local.get $pointers) (local.get $at))
    (i64.store $node (local.get $at) (i64.const 0x4d494c4d454d4f47))
    (i64.store $node offset=8 (local.get $at) (i64.const 0x42694d32313d5449))
    (i32.store8 $node offset=16 (local.get $at) (i32.const 0))
    (i32.const 0))

  ;; The real-time clock is that of the data; all others are the monotonic one, which moves by 1 ns a reading.
  (func (export "wasi clock_time_get") (param $clock i32) (param $precision i64) (param $time i32) (result i32)
    (if (i32.gt_u (local.get $clock) (i32.const 3)) (then (return (i32.const 28))))
    (if (local.get $clock)
      (then
        (global.set $monotonicNs (i64.add (global.get $monotonicNs) (i64.const 1)))
        (i64.store $node (local.get $time) (global.get $monotonicNs)))
      (else (i64.store $node (local.get $time) (global.get $wallNs))))
    (i32.const 0))
  (func (export "wasi clock_res_get") (param $clock i32) (param $resolution i32) (result i32)
    (i64.store $node (local.get $resolution) (i64.const 1))
    (i32.const 0))

  (func (export "wasi random_get") (param $at i32) (param $length i32) (result i32)
    (local $end i32)
    (local.set $end (i32.add (local.get $at) (local.get $length)))
    (block $done
      (loop $next
        (br_if $done (i32.eq (local.get $at) (local.get $end)))
        (i32.store8 $node (local.get $at) (call $randomByte))
        (local.set $at (i32.add (local.get $at) (i32.const 1)))
        (br $next)))
    (i32.const 0))
  (func $randomByte (result i32)
    (local $z i64)
    (global.set $random (i64.add (global.get $random) (i64.const 0x9e3779b97f4a7c15)))
    (local.set $z (global.get $random))
    (local.set $z (i64.mul (i64.xor (local.get $z) (i64.shr_u (local.get $z) (i64.const 30))) (i64.const 0xbf58476d1ce4e5b9)))
    (local.set $z (i64.mul (i64.xor (local.get $z) (i64.shr_u (local.get $z) (i64.const 27))) (i64.const 0x94d049bb133111eb)))
    (i32.wrap_i64 (i64.xor (local.get $z) (i64.shr_u (local.get $z) (i64.const 31)))))

  (func (export "wasi sched_yield") (result i32) (i32.const 0))
  (func (export "wasi proc_exit") (param i32) (unreachable))

  ;; Descriptors 0 to 2 are open, each a terminal; there are no others.
  (func $badDescriptor (param $fd i32) (result i32)
    (i32.shl (i32.gt_u (local.get $fd) (i32.const 2)) (i32.const 3)))
  (func (export "wasi fd_close") (param $fd i32) (result i32)
    (call $badDescriptor (local.get $fd)))
  (func (export "wasi fd_fdstat_set_flags") (param $fd i32) (param i32) (result i32)
    (call $badDescriptor (local.get $fd)))
  (func (export "wasi fd_prestat_get") (param i32 i32) (result i32) (i32.const 8))
  (func (export "wasi fd_prestat_dir_name") (param i32 i32 i32) (result i32) (i32.const 8))
  (func (export "wasi fd_seek") (param $fd i32) (param i64 i32 i32) (result i32)
    (select (i32.const 8) (i32.const 70) (call $badDescriptor (local.get $fd))))
  (func (export "wasi fd_fdstat_get") (param $fd i32) (param $stat i32) (result i32)
    (if (call $badDescriptor (local.get $fd)) (then (return (i32.const 8))))
    (i64.store $node (local.get $stat) (i64.const 2))
    (i64.store $node offset=8 (local.get $stat) (select (i64.const 64) (i64.const 2) (local.get $fd)))
    (i64.store $node offset=16 (local.get $stat) (i64.const 0))
    (i32.const 0))
  ;; Standard input is at its end.
  (func (export "wasi fd_read") (param $fd i32) (param i32 i32) (param $bytesRead i32) (result i32)
    (if (local.get $fd) (then (return (i32.const 8))))
    (i32.store $node (local.get $bytesRead) (i32.const 0))
    (i32.const 0))

  (func (export "wasi fd_write") (param $fd i32) (param $vectors i32) (param $count i32) (param $written i32) (result i32)
    (local $length i32) (local $total i32) (local $room i32)
    (if (i32.gt_u (i32.sub (local.get $fd) (i32.const 1)) (i32.const 1)) (then (return (i32.const 8))))
    (block $done
      (loop $next
        (br_if $done (i32.eqz (local.get $count)))
        (local.set $length (i32.load $node offset=4 (local.get $vectors)))
        (local.set $total (i32.add (local.get $total) (local.get $length)))
        (local.set $room (i32.sub (global.get $textBytesMax) (global.get $textBytes)))
        (if (i32.gt_u (local.get $length) (local.get $room)) (then (local.set $length (local.get $room))))
        (memory.copy $text $node (global.get $textBytes) (i32.load $node (local.get $vectors)) (local.get $length))
        (global.set $textBytes (i32.add (global.get $textBytes) (local.get $length)))
        (local.set $vectors (i32.add (local.get $vectors) (i32.const 8)))
        (local.set $count (i32.sub (local.get $count) (i32.const 1)))
        (br $next)))
    (i32.store $node (local.get $written) (local.get $total))
    (i32.const 0))

  ;; A sleep ends at once: every subscription fires, and the monotonic clock moves on to the earliest deadline asked for.
  ;; A subscription has 48 bytes: userdata u64, kind u8 at 8 (0 clock), timeout u64 at 24, flags u16 at 40 (1 absolute).
  ;; An event has 32 bytes: userdata u64, errno u16 at 8, kind u8 at 10.
  (func (export "wasi poll_oneoff") (param $in i32) (param $out i32) (param $count i32) (param $fired i32) (result i32)
    (local $left i32) (local $earliestNs i64) (local $deadlineNs i64)
    (if (i32.eqz (local.get $count)) (then (return (i32.const 28))))
    (local.set $earliestNs (i64.const -1))
    (local.set $left (local.get $count))
    (loop $next
      (if (i32.eqz (i32.load8_u $node offset=8 (local.get $in)))
        (then
          (local.set $deadlineNs (i64.load $node offset=24 (local.get $in)))
          (if (i32.eqz (i32.and (i32.load16_u $node offset=40 (local.get $in)) (i32.const 1)))
            (then (local.set $deadlineNs (i64.add (local.get $deadlineNs) (global.get $monotonicNs)))))
          (if (i64.lt_u (local.get $deadlineNs) (local.get $earliestNs))
            (then (local.set $earliestNs (local.get $deadlineNs))))))
      (i64.store $node (local.get $out) (i64.load $node (local.get $in)))
      (i64.store $node offset=8 (local.get $out)
        (i64.shl (i64.load8_u $node offset=8 (local.get $in)) (i64.const 16)))
      (i64.store $node offset=16 (local.get $out) (i64.const 0))
      (i64.store $node offset=24 (local.get $out) (i64.const 0))
      (local.set $in (i32.add (local.get $in) (i32.const 48)))
      (local.set $out (i32.add (local.get $out) (i32.const 32)))
      (br_if $next (local.tee $left (i32.sub (local.get $left) (i32.const 1)))))
    (if (i32.and
          (i64.ne (local.get $earliestNs) (i64.const -1))
          (i64.gt_u (local.get $earliestNs) (global.get $monotonicNs)))
      (then (global.set $monotonicNs (local.get $earliestNs))))
    (i32.store $node (local.get $fired) (local.get $count))
    (i32.const 0)))
