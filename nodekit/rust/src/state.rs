//! A node's state: plain values one after the other. What is written first is read first; the state version in the manifest
//! says which values there are.

use crate::abi::trap;
use crate::arena;
use crate::Refusal;
use core::slice;

/// Most bytes of one node's state; a node that writes more traps.
const STATE_BYTES_MAX: usize = 65536;

pub struct StateWriter {
    bytes: &'static mut [u8],
    length: usize,
}

impl StateWriter {
    #[doc(hidden)]
    #[allow(clippy::new_without_default)]
    pub fn new() -> StateWriter {
        let start = arena::allocate(STATE_BYTES_MAX);
        StateWriter { bytes: unsafe { slice::from_raw_parts_mut(start, STATE_BYTES_MAX) }, length: 0 }
    }

    #[doc(hidden)]
    pub fn written(&self) -> &[u8] {
        &self.bytes[..self.length]
    }

    pub fn bytes(&mut self, content: &[u8]) {
        if content.len() > STATE_BYTES_MAX - self.length {
            trap();
        }
        self.bytes[self.length..self.length + content.len()].copy_from_slice(content);
        self.length += content.len();
    }

    pub fn u64(&mut self, value: u64) {
        self.bytes(&value.to_le_bytes());
    }

    pub fn f64(&mut self, value: f64) {
        self.u64(value.to_bits());
    }
}

/// Gives back what a `StateWriter` took. Reading past the end gives zeros, and `finished` a refusal.
pub struct StateReader<'a> {
    left: &'a [u8],
    is_exhausted: bool,
}

impl<'a> StateReader<'a> {
    /// # Safety
    /// `length` bytes at `start` must be readable.
    #[doc(hidden)]
    pub unsafe fn at(start: *const u8, length: usize) -> StateReader<'a> {
        let left = if length == 0 { &[] } else { slice::from_raw_parts(start, length) };
        StateReader { left, is_exhausted: false }
    }

    pub fn bytes(&mut self, length: usize) -> &'a [u8] {
        if length > self.left.len() {
            self.is_exhausted = true;
            return &[];
        }
        let (taken, left) = self.left.split_at(length);
        self.left = left;
        taken
    }

    pub fn u64(&mut self) -> u64 {
        self.bytes(8).try_into().map_or(0, u64::from_le_bytes)
    }

    pub fn f64(&mut self) -> f64 {
        f64::from_bits(self.u64())
    }

    /// A refusal unless all was read and nothing lacked. Ask before anything that was read is put to use.
    pub fn finished(&self) -> Result<(), Refusal> {
        if self.is_exhausted || !self.left.is_empty() {
            return Err("the state has another length than this version of the node writes");
        }
        Ok(())
    }
}
