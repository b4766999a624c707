//! The demo applications that countersign dev starts.
