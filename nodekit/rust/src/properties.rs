//! A node's properties: a run of messages, one for each leaf of the properties object, with its path as the topic (`op`,
//! `cases[1].value`). The flow has checked them against the manifest's schema.

use crate::{Kind, Message};
use core::slice;

#[derive(Clone, Copy)]
pub struct Properties<'a> {
    bytes: &'a [u8],
}

impl<'a> Properties<'a> {
    /// # Safety
    /// `length` bytes at `start` must be a run of messages.
    #[doc(hidden)]
    pub unsafe fn at(start: *const u8, length: usize) -> Properties<'a> {
        Properties { bytes: if length == 0 { &[] } else { slice::from_raw_parts(start, length) } }
    }

    pub fn find(&self, path: &str) -> Option<&'a Message> {
        let mut left = self.bytes;
        while !left.is_empty() {
            let property = unsafe { &*(left.as_ptr() as *const Message) };
            if property.topic_bytes() == path.as_bytes() {
                return Some(property);
            }
            left = left.get(property.byte_length()..)?;
        }
        None
    }

    /// The number, or the boolean as 0 or 1, at a path.
    pub fn number(&self, path: &str) -> Option<f64> {
        self.find(path).filter(|property| property.is_numeric()).map(Message::number)
    }

    /// The text at a path. It is gone after `configure`: copy what is needed later.
    pub fn text(&self, path: &str) -> Option<&'a str> {
        self.find(path).filter(|property| property.kind() == Kind::Text).map(Message::text)
    }
}
