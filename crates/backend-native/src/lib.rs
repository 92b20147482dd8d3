//! lathe-backend-native.
