//! A message where it lies in memory, in the layout Message v1 of the node contract.

use crate::abi::trap;
use crate::arena;
use core::mem::size_of;
use core::{ptr, slice, str};

/// What a message's value is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kind {
    None,
    Boolean,
    Int64,
    Float64,
    Text,
    Bytes,
}

/// As OPC UA has it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Quality {
    Good,
    Uncertain,
    Bad,
}

/// The header of a message; topic (UTF-8), body and zeros to a multiple of 8 bytes follow it.
#[repr(C)]
pub struct Message {
    /// Nanoseconds since the Unix epoch.
    pub timestamp_ns: u64,
    /// The scalar as its 64 bits: f64, i64, or 0/1 for a boolean.
    bits: u64,
    kind: u8,
    quality: u8,
    topic_length: u16,
    body_length: u32,
}

const HEADER_BYTES: usize = size_of::<Message>();

impl Message {
    /// A message without a value, of good quality, for the rest of this call.
    pub fn new(topic: &str, timestamp_ns: u64) -> &'static mut Message {
        Message::allocate(topic.as_bytes(), timestamp_ns, 0)
    }

    /// A text message, of good quality, for the rest of this call.
    pub fn of_text(topic: &str, timestamp_ns: u64, text: &str) -> &'static mut Message {
        let message = Message::allocate(topic.as_bytes(), timestamp_ns, text.len());
        message.kind = Kind::Text as u8;
        message.body_mut().copy_from_slice(text.as_bytes());
        message
    }

    fn allocate(topic: &[u8], timestamp_ns: u64, body_length: usize) -> &'static mut Message {
        if topic.len() > 0xffff {
            trap();
        }
        let length = (HEADER_BYTES + topic.len() + body_length + 7) & !7;
        let start = arena::allocate(length);
        unsafe {
            ptr::write(start.add(length - 8) as *mut u64, 0);
            let message = &mut *(start as *mut Message);
            *message = Message {
                timestamp_ns,
                bits: 0,
                kind: Kind::None as u8,
                quality: Quality::Good as u8,
                topic_length: topic.len() as u16,
                body_length: body_length as u32,
            };
            ptr::copy_nonoverlapping(topic.as_ptr(), start.add(HEADER_BYTES), topic.len());
            message
        }
    }

    pub fn kind(&self) -> Kind {
        match self.kind {
            1 => Kind::Boolean,
            2 => Kind::Int64,
            3 => Kind::Float64,
            4 => Kind::Text,
            5 => Kind::Bytes,
            _ => Kind::None,
        }
    }

    pub fn quality(&self) -> Quality {
        match self.quality {
            0 => Quality::Good,
            1 => Quality::Uncertain,
            _ => Quality::Bad,
        }
    }

    pub fn set_quality(&mut self, quality: Quality) {
        self.quality = quality as u8;
    }

    /// Whether the value is a number or a boolean, so that `number` has a meaning.
    #[inline]
    pub fn is_numeric(&self) -> bool {
        self.kind.wrapping_sub(Kind::Boolean as u8) <= Kind::Float64 as u8 - Kind::Boolean as u8
    }

    /// The value as a number; a boolean is 0 or 1, an int64 is rounded to the nearest f64.
    #[inline]
    pub fn number(&self) -> f64 {
        if self.kind == Kind::Float64 as u8 {
            f64::from_bits(self.bits)
        } else {
            self.bits as i64 as f64
        }
    }

    /// Replaces the scalar of a message without a body. Infinity and NaN make the quality bad: no reading of a plant has
    /// such a value. Engines differ in the bits of a computed NaN; messages do not.
    #[inline]
    pub fn set_number(&mut self, value: f64) {
        self.kind = Kind::Float64 as u8;
        self.bits = if value.is_nan() { 0x7ff8_0000_0000_0000 } else { value.to_bits() };
        if !value.is_finite() {
            self.quality = Quality::Bad as u8;
        }
    }

    pub fn set_boolean(&mut self, value: bool) {
        self.kind = Kind::Boolean as u8;
        self.bits = value as u64;
    }

    /// The name of the tag; empty when it is not UTF-8.
    pub fn topic(&self) -> &str {
        str::from_utf8(self.topic_bytes()).unwrap_or("")
    }

    /// What a text message says; empty when it is not UTF-8.
    pub fn text(&self) -> &str {
        str::from_utf8(self.body()).unwrap_or("")
    }

    pub(crate) fn topic_bytes(&self) -> &[u8] {
        unsafe { slice::from_raw_parts(self.at(HEADER_BYTES), self.topic_length as usize) }
    }

    /// What a text or bytes message carries.
    pub fn body(&self) -> &[u8] {
        unsafe { slice::from_raw_parts(self.at(HEADER_BYTES + self.topic_length as usize), self.body_length as usize) }
    }

    fn body_mut(&mut self) -> &mut [u8] {
        let start = self.at(HEADER_BYTES + self.topic_length as usize) as *mut u8;
        unsafe { slice::from_raw_parts_mut(start, self.body_length as usize) }
    }

    fn at(&self, offset: usize) -> *const u8 {
        (self as *const Message as usize + offset) as *const u8
    }

    /// Bytes of the whole message, padding included.
    #[inline]
    pub fn byte_length(&self) -> usize {
        (HEADER_BYTES + self.topic_length as usize + self.body_length as usize + 7) & !7
    }

    /// A message with the same timestamp, value and quality under another topic, for the rest of this call. An empty topic
    /// leaves the message as it is.
    pub fn with_topic(&'static mut self, topic: &str) -> &'static mut Message {
        if topic.is_empty() {
            return self;
        }
        let renamed = Message::allocate(topic.as_bytes(), self.timestamp_ns, self.body_length as usize);
        renamed.bits = self.bits;
        renamed.kind = self.kind;
        renamed.quality = self.quality;
        renamed.body_mut().copy_from_slice(self.body());
        renamed
    }
}
