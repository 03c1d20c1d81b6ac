//! The canonical ABI of the node contract: how answers lie in memory. A node module runs one call at a time on one thread,
//! so its statics are never shared.

use crate::arena;
use crate::{Message, Refusal};

pub use crate::arena::release;

/// Most emissions of one call; a node that emits more traps.
const EMISSIONS_MAX: usize = 1024;
const LOG_PORT: u32 = 0xffff_ffff;

#[repr(C)]
#[derive(Clone, Copy)]
struct Emission {
    port: u32,
    message: *const Message,
    length: usize,
}

static mut EMISSIONS: [Emission; EMISSIONS_MAX] =
    [Emission { port: 0, message: core::ptr::null(), length: 0 }; EMISSIONS_MAX];
static mut EMISSION_COUNT: usize = 0;
/// A list, as pointer and length; or a result: 0 or 1, then pointer and length of the error text.
static mut ANSWER: [usize; 3] = [0; 3];

/// Sends a message from an output port. It may be the one that came in.
#[inline]
pub fn emit(port: u32, message: &'static Message) {
    unsafe {
        if EMISSION_COUNT == EMISSIONS_MAX {
            trap();
        }
        EMISSIONS[EMISSION_COUNT] = Emission { port, message, length: message.byte_length() };
        EMISSION_COUNT += 1;
    }
}

/// Writes a line to the flow's log.
pub fn log(timestamp_ns: u64, text: &str) {
    emit(LOG_PORT, Message::of_text("", timestamp_ns, text));
}

pub fn take_emissions() -> *const u8 {
    unsafe {
        let count = EMISSION_COUNT;
        EMISSION_COUNT = 0;
        answer([&raw const EMISSIONS as usize, count, 0])
    }
}

pub fn list(bytes: &[u8]) -> *const u8 {
    answer([bytes.as_ptr() as usize, bytes.len(), 0])
}

pub fn result(result: Result<(), Refusal>) -> *const u8 {
    match result {
        Ok(()) => answer([0; 3]),
        Err(reason) => answer([1, reason.as_ptr() as usize, reason.len()]),
    }
}

fn answer(words: [usize; 3]) -> *const u8 {
    unsafe {
        ANSWER = words;
        &raw const ANSWER as *const u8
    }
}

/// Ends the call, and with it the flow's instance.
pub fn trap() -> ! {
    #[cfg(target_arch = "wasm32")]
    core::arch::wasm32::unreachable();
    #[cfg(not(target_arch = "wasm32"))]
    panic!("trap")
}

#[no_mangle]
extern "C" fn cabi_realloc(old: *const u8, old_size: usize, _align: usize, size: usize) -> *mut u8 {
    let block = arena::allocate(size);
    if old_size > 0 {
        unsafe { core::ptr::copy_nonoverlapping(old, block, old_size.min(size)) };
    }
    block
}
