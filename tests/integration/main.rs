//! What the modules do against real sockets on loopback. Nothing here leaves the machine.

mod collect;
mod support;
mod transport;
