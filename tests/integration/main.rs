//! What the program promises to those who use it, tested from outside.

mod schedule;
