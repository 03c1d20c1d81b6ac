//! Message v1 of the node contract, as a component gets it: bytes of its own.
//!
//! | offset | type | field |
//! |---|---|---|
//! | 0 | u64 | timestamp, ns since the Unix epoch |
//! | 8 | 8 bytes | scalar: f64, i64, or 0/1 for a boolean |
//! | 16 | u8 | kind: 0 none, 1 boolean, 2 int64, 3 float64, 4 text, 5 bytes |
//! | 17 | u8 | quality: 0 good, 1 uncertain, 2 bad |
//! | 18 | u16 | topic length |
//! | 20 | u32 | body length |
//! | 24 | … | topic, body, zeros to a multiple of 8 |

const HEADER_BYTES: usize = 24;

pub struct Message(pub Vec<u8>);

impl Message {
    /// The value as a number, if it is one; a boolean is 0 or 1.
    pub fn number(&self) -> Option<f64> {
        let bits = u64::from_le_bytes(self.0[8..16].try_into().unwrap());
        match self.0[16] {
            1 | 2 => Some(bits as i64 as f64),
            3 => Some(f64::from_bits(bits)),
            _ => None,
        }
    }

    /// Replaces the scalar. Infinity and NaN make the quality bad: no reading of a plant has such a value.
    pub fn set_number(&mut self, value: f64) {
        self.0[8..16].copy_from_slice(&value.to_bits().to_le_bytes());
        self.0[16] = 3;
        if !value.is_finite() {
            self.0[17] = 2;
        }
    }

    pub fn topic(&self) -> &str {
        std::str::from_utf8(&self.0[HEADER_BYTES..self.topic_end()]).unwrap_or("")
    }

    /// What a text message says; empty when it is none.
    pub fn text(&self) -> &str {
        let body = &self.0[self.topic_end()..self.body_end()];
        if self.0[16] == 4 { std::str::from_utf8(body).unwrap_or("") } else { "" }
    }

    /// The same message under another topic.
    pub fn with_topic(&self, topic: &str) -> Message {
        let mut bytes = self.0[..HEADER_BYTES].to_vec();
        bytes[18..20].copy_from_slice(&(topic.len() as u16).to_le_bytes());
        bytes.extend_from_slice(topic.as_bytes());
        bytes.extend_from_slice(&self.0[self.topic_end()..self.body_end()]);
        bytes.resize(bytes.len().next_multiple_of(8), 0);
        Message(bytes)
    }

    fn topic_end(&self) -> usize {
        HEADER_BYTES + u16::from_le_bytes(self.0[18..20].try_into().unwrap()) as usize
    }

    fn body_end(&self) -> usize {
        self.topic_end() + u32::from_le_bytes(self.0[20..24].try_into().unwrap()) as usize
    }
}

/// The messages of a run; properties come as one, a property's path as the topic.
pub fn run(mut bytes: Vec<u8>) -> Vec<Message> {
    let mut messages = Vec::new();
    while bytes.len() >= HEADER_BYTES {
        let length = Message(bytes[..HEADER_BYTES].to_vec()).body_end().next_multiple_of(8);
        let rest = bytes.split_off(length);
        messages.push(Message(bytes));
        bytes = rest;
    }
    messages
}
