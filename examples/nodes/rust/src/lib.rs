//! A moving average: the mean of the last values, at each value.

#![no_std]

use flowfusion_node::{emit, node, Message, Node, Properties, Refusal, StateReader, StateWriter};

const SIZE_MAX: usize = 64;
const TOPIC_BYTES_MAX: usize = 1024;

struct MovingAverage {
    size: usize,
    topic: [u8; TOPIC_BYTES_MAX],
    topic_length: usize,
    /// Oldest first.
    values: [f64; SIZE_MAX],
    count: usize,
}

impl MovingAverage {
    fn append(&mut self, value: f64) {
        if self.count == self.size {
            self.values.copy_within(1..self.count, 0);
            self.count -= 1;
        }
        self.values[self.count] = value;
        self.count += 1;
    }

    fn topic(&self) -> &str {
        core::str::from_utf8(&self.topic[..self.topic_length]).unwrap_or("")
    }
}

impl Node for MovingAverage {
    fn configure(properties: Properties<'_>) -> Result<Self, Refusal> {
        let size = properties.number("size").unwrap_or(0.0) as usize;
        let topic = properties.text("topic").unwrap_or("");
        if !(1..=SIZE_MAX).contains(&size) {
            return Err("size must be 1 to 64");
        }
        if topic.len() > TOPIC_BYTES_MAX {
            return Err("topic must have at most 1024 bytes");
        }
        let mut node = MovingAverage {
            size,
            topic: [0; TOPIC_BYTES_MAX],
            topic_length: topic.len(),
            values: [0.0; SIZE_MAX],
            count: 0,
        };
        node.topic[..topic.len()].copy_from_slice(topic.as_bytes());
        Ok(node)
    }

    fn handle(&mut self, _port: u32, message: &'static mut Message) {
        if !message.is_numeric() {
            return;
        }
        self.append(message.number());
        let values = &self.values[..self.count];
        message.set_number(values.iter().fold(0.0, |sum, value| sum + value) / values.len() as f64);
        emit(0, message.with_topic(self.topic()));
    }

    fn save_state(&self, state: &mut StateWriter) {
        state.u64(self.count as u64);
        for &value in &self.values[..self.count] {
            state.f64(value);
        }
    }

    fn load_state(&mut self, state: &mut StateReader<'_>) -> Result<(), Refusal> {
        let count = state.u64();
        if count > SIZE_MAX as u64 {
            return Err("the state holds more than 64 values");
        }
        let mut values = [0.0; SIZE_MAX];
        let values = &mut values[..count as usize];
        values.fill_with(|| state.f64());
        state.finished()?;
        self.count = 0;
        for &mut value in values {
            self.append(value);
        }
        Ok(())
    }
}

node!(MovingAverage, manifest: "../manifest.json", state);
