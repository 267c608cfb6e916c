//! What the tests share: a loopback server that says exactly what it is told to, and errors as an operator reads them.

pub(crate) mod authority;
pub(crate) mod counter;
pub(crate) mod enterprise;
pub(crate) mod lab;
pub(crate) mod loopback;
pub(crate) mod render;
