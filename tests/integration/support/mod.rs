//! What the tests share: a loopback server that sends exactly what a test chooses, and errors as an operator reads them.

#[cfg(feature = "sandbox")]
pub(crate) mod answers;
pub(crate) mod authority;
pub(crate) mod binary;
pub(crate) mod cloud;
pub(crate) mod connector;
pub(crate) mod counter;
pub(crate) mod deep;
pub(crate) mod destination;
pub(crate) mod enterprise;
pub(crate) mod family;
#[cfg(feature = "sandbox")]
mod folded;
#[cfg(feature = "sandbox")]
pub(crate) mod lab;
pub(crate) mod line;
pub(crate) mod loopback;
#[cfg(feature = "sandbox")]
pub(crate) mod manual_clock;
#[cfg(feature = "sandbox")]
pub(crate) mod moment;
#[cfg(feature = "sandbox")]
pub(crate) mod page;
#[cfg(feature = "sandbox")]
pub(crate) mod past;
#[cfg(feature = "sandbox")]
pub(crate) mod patience;
#[cfg(feature = "sandbox")]
pub(crate) mod placeholder;
#[cfg(feature = "sandbox")]
pub(crate) mod process;
#[cfg(feature = "sandbox")]
pub(crate) mod records;
#[cfg(feature = "sandbox")]
pub(crate) mod relay;
pub(crate) mod render;
#[cfg(feature = "sandbox")]
pub(crate) mod reverse_proxy;
#[cfg(feature = "sandbox")]
pub(crate) mod service;
#[cfg(all(feature = "failpoints", feature = "sandbox"))]
pub(crate) mod set_clock;
#[cfg(feature = "sandbox")]
pub(crate) mod watched;
#[cfg(feature = "sandbox")]
pub(crate) mod wire;
