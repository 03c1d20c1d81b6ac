//! For writing Flow Fusion nodes in Rust, as plain core modules: no std, no allocator, no operating system.
//!
//! ```ignore
//! #![no_std]
//! use flowfusion_node::{emit, node, Message, Node, Properties, Refusal};
//!
//! struct Doubler;
//!
//! impl Node for Doubler {
//!     fn configure(_: Properties<'_>) -> Result<Self, Refusal> {
//!         Ok(Doubler)
//!     }
//!     fn handle(&mut self, _port: u32, message: &'static mut Message) {
//!         message.set_number(message.number() * 2.0);
//!         emit(0, message);
//!     }
//! }
//!
//! node!(Doubler, manifest: "../manifest.json");
//! ```
//!
//! `node!(Doubler, manifest: "../manifest.json", tick, state)` exports `tick`, `save_state` and `load_state` as well.
//! Built with `cargo build --release --target wasm32-unknown-unknown`, as a `cdylib`.

#![no_std]

#[doc(hidden)]
pub mod abi;
mod arena;
mod message;
mod properties;
mod state;

pub use abi::{emit, log};
pub use message::{Kind, Message, Quality};
pub use properties::Properties;
pub use state::{StateReader, StateWriter};

/// Why a node refuses its properties or a state: what the user reads.
pub type Refusal = &'static str;

/// What a node does. Messages and what is made from them live until the call ends.
pub trait Node: Sized {
    /// Takes the properties, once, before anything else. A refusal refuses the flow.
    fn configure(properties: Properties<'_>) -> Result<Self, Refusal>;

    /// Takes one message that reached an input port; `port` is its position in the manifest, from 0 on. The message is the
    /// node's to change and to emit, until the call ends.
    fn handle(&mut self, port: u32, message: &'static mut Message);

    /// Lets the node emit by time; `now_ns` is in nanoseconds since the Unix epoch. Exported by `node!(…, tick)`.
    fn tick(&mut self, now_ns: u64) {
        let _ = now_ns;
    }

    /// Writes all that `load_state` needs to continue as if nothing had happened. Exported by `node!(…, state)`.
    fn save_state(&self, state: &mut StateWriter) {
        let _ = state;
    }

    /// Reads what `save_state` of this version, or of an older one that the manifest accepts, has written. A node that
    /// refuses must be as it was configured.
    fn load_state(&mut self, state: &mut StateReader<'_>) -> Result<(), Refusal> {
        let _ = state;
        Ok(())
    }
}

/// Makes a module of a node: exports its functions, and puts its manifest, a file beside the source, into the module.
#[macro_export]
macro_rules! node {
    ($node:ty, manifest: $manifest:literal $(, $part:ident)*) => {
        static mut NODE: Option<$node> = None;

        #[used]
        #[link_section = "flowfusion:manifest"]
        static MANIFEST: [u8; include_bytes!($manifest).len()] = *include_bytes!($manifest);

        #[no_mangle]
        extern "C" fn configure(start: *const u8, length: usize) -> *const u8 {
            $crate::abi::result(match <$node as $crate::Node>::configure(unsafe { $crate::Properties::at(start, length) }) {
                Ok(node) => {
                    unsafe { NODE = Some(node) };
                    Ok(())
                }
                Err(reason) => Err(reason),
            })
        }

        #[no_mangle]
        extern "C" fn handle(port: u32, message: *mut $crate::Message, _length: usize) -> *const u8 {
            $crate::Node::handle(configured(), port, unsafe { &mut *message });
            $crate::abi::take_emissions()
        }

        $crate::export_post!(cabi_post_configure);
        $crate::export_post!(cabi_post_handle);
        $($crate::node_part!($part);)*

        #[allow(static_mut_refs)]
        fn configured() -> &'static mut $node {
            match unsafe { NODE.as_mut() } {
                Some(node) => node,
                None => $crate::abi::trap(),
            }
        }
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! node_part {
    (tick) => {
        #[no_mangle]
        extern "C" fn tick(now_ns: u64) -> *const u8 {
            $crate::Node::tick(configured(), now_ns);
            $crate::abi::take_emissions()
        }
        $crate::export_post!(cabi_post_tick);
    };
    (state) => {
        #[no_mangle]
        extern "C" fn save_state() -> *const u8 {
            let mut writer = $crate::StateWriter::new();
            $crate::Node::save_state(configured(), &mut writer);
            $crate::abi::list(writer.written())
        }
        #[no_mangle]
        extern "C" fn load_state(start: *const u8, length: usize) -> *const u8 {
            let mut reader = unsafe { $crate::StateReader::at(start, length) };
            $crate::abi::result($crate::Node::load_state(configured(), &mut reader))
        }
        $crate::export_post!(cabi_post_save_state);
        $crate::export_post!(cabi_post_load_state);
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! export_post {
    ($name:ident) => {
        #[no_mangle]
        extern "C" fn $name(_answer: *const u8) {
            $crate::abi::release();
        }
    };
}

#[cfg(all(feature = "panic-handler", target_arch = "wasm32"))]
#[panic_handler]
fn on_panic(_: &core::panic::PanicInfo<'_>) -> ! {
    abi::trap()
}
