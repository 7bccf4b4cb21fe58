//! The JSON that scripts rely on. Each format is a file of its own with its own structs: what is printed never
//! changes because a type inside the program does.

pub mod v1;
