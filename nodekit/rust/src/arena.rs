//! Memory for one call: what a caller passes in and what a node emits lies here and is gone when the caller says so. A node
//! never frees and never leaks. A request that does not fit opens a chunk at least twice as large, on fresh pages; the old
//! one stays unused, which the doubling bounds.

use crate::abi::trap;

const FIRST_CHUNK_BYTES: usize = 16384;
#[cfg(target_arch = "wasm32")]
const PAGE_BYTES: usize = 65536;

#[repr(align(8))]
#[allow(dead_code)]
struct Aligned([u8; FIRST_CHUNK_BYTES]);

static mut FIRST_CHUNK: Aligned = Aligned([0; FIRST_CHUNK_BYTES]);
static mut START: usize = 0;
static mut END: usize = 0;
static mut TOP: usize = 0;

/// Bytes, aligned to 8, that live until the end of the call. Traps when there is no memory left.
#[inline]
pub fn allocate(size: usize) -> *mut u8 {
    if size > 0x7fff_0000 {
        trap();
    }
    let padded = (size + 7) & !7;
    unsafe {
        if padded > END - TOP {
            open_chunk(padded);
        }
        let block = TOP;
        TOP += padded;
        block as *mut u8
    }
}

unsafe fn open_chunk(least: usize) {
    if END == 0 && least <= FIRST_CHUNK_BYTES {
        START = &raw mut FIRST_CHUNK as usize;
        END = START + FIRST_CHUNK_BYTES;
    } else {
        let (start, bytes) = grow(least.max(2 * (END - START)));
        START = start;
        END = start + bytes;
    }
    TOP = START;
}

#[cfg(target_arch = "wasm32")]
fn grow(least: usize) -> (usize, usize) {
    let pages = least.div_ceil(PAGE_BYTES);
    let grown = core::arch::wasm32::memory_grow::<0>(pages);
    if grown == usize::MAX {
        trap();
    }
    (grown * PAGE_BYTES, pages * PAGE_BYTES)
}

#[cfg(not(target_arch = "wasm32"))]
fn grow(_least: usize) -> (usize, usize) {
    trap()
}

#[inline]
pub fn release() {
    unsafe { TOP = START };
}
