//! Folds the chunks of a streamed model answer into live events and the complete, exact message.
