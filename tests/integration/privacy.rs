//! What is known of people stays where it belongs: in the document that is sent, and there only what is promised.

pub(crate) mod canaries;
mod dictionary;
mod document;
mod echo;
mod held;
mod products;
mod remnants;
mod store;
mod told;
