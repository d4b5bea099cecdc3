//! Every feature of every crate, for builds of the whole workspace: see the manifest. There is no code here.
