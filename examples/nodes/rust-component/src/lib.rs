//! A moving average, as a component: the mean of the last values, at each value.

mod message;

use message::{run, Message};
use std::cell::RefCell;

wit_bindgen::generate!({ path: "../../../wit", world: "node" });

const SIZE_MAX: usize = 64;

#[used]
#[link_section = "flowfusion:manifest"]
static MANIFEST: [u8; include_bytes!("../manifest.json").len()] = *include_bytes!("../manifest.json");

struct State {
    size: usize,
    topic: String,
    /// Oldest first.
    values: Vec<f64>,
}

impl State {
    fn append(&mut self, value: f64) {
        self.values.push(value);
        if self.values.len() > self.size {
            self.values.remove(0);
        }
    }
}

thread_local! {
    static STATE: RefCell<State> = const { RefCell::new(State { size: 1, topic: String::new(), values: Vec::new() }) };
}

struct MovingAverage;

impl Guest for MovingAverage {
    fn configure(props: Vec<u8>) -> Result<(), String> {
        STATE.with_borrow_mut(|state| {
            for property in run(props) {
                match property.topic() {
                    "size" => state.size = property.number().unwrap_or(0.0) as usize,
                    "topic" => state.topic = property.text().to_string(),
                    _ => {}
                }
            }
            if (1..=SIZE_MAX).contains(&state.size) {
                Ok(())
            } else {
                Err(format!("size is {}, 1 to {SIZE_MAX} allowed", state.size))
            }
        })
    }

    fn handle(_port: u32, message: Vec<u8>) -> Vec<Emission> {
        let mut message = Message(message);
        let Some(value) = message.number() else { return Vec::new() };
        STATE.with_borrow_mut(|state| {
            state.append(value);
            let sum = state.values.iter().fold(0.0, |sum, value| sum + value);
            message.set_number(sum / state.values.len() as f64);
            let renamed = if state.topic.is_empty() { message } else { message.with_topic(&state.topic) };
            vec![Emission { port: 0, message: renamed.0 }]
        })
    }

    fn tick(_now_ns: u64) -> Vec<Emission> {
        Vec::new()
    }

    fn save_state() -> Vec<u8> {
        STATE.with_borrow(|state| {
            let words = std::iter::once(state.values.len() as u64).chain(state.values.iter().map(|value| value.to_bits()));
            words.flat_map(u64::to_le_bytes).collect()
        })
    }

    fn load_state(state: Vec<u8>) -> Result<(), String> {
        let words: Vec<u64> = state.chunks_exact(8).map(|word| u64::from_le_bytes(word.try_into().unwrap())).collect();
        match words.split_first() {
            Some((&count, values)) if state.len() % 8 == 0 && count == values.len() as u64 && values.len() <= SIZE_MAX => {
                STATE.with_borrow_mut(|state| {
                    state.values.clear();
                    for &bits in values {
                        state.append(f64::from_bits(bits));
                    }
                });
                Ok(())
            }
            _ => Err("the state has another length than this version of the node writes".to_string()),
        }
    }
}

export!(MovingAverage);
