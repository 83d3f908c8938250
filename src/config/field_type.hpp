// FieldType: how values of one C++ type stand in YAML. A new type of field is one more specialisation. Knows what each
// type looks like; knows neither fields nor the objects that have them.
#pragma once

#include <concepts>
#include <optional>
#include <string>

#include "config/field.hpp"
#include "config/node.hpp"

namespace cnnctl {

/// What a type is told while reading.
struct Reading {
  std::string label;  // for messages: "conv2d.stride"
  Limits limits;
  Where where;  // of the key
  Diagnostics& diagnostics;

  bool fail(const Where& at, std::string message) const {
    diagnostics.error(at, std::move(message));
    return false;
  }
};

/// Specialise it with the four functions that HasFieldType asks for.
template <class T>
struct FieldType;

template <class T>
concept HasFieldType = requires(T& to, const T& from, const Node& node, const Reading& reading, const Limits& limits) {
  // Takes the value from `node`; on a mistake reports it, leaves `to` as it was and returns false.
  { FieldType<T>::read(to, node, reading) } -> std::same_as<bool>;
  // The value as a node that reads back the same; none if it is not set.
  { FieldType<T>::write(from) } -> std::same_as<std::optional<Node>>;
  // Words for the documentation: "whole number", "one number or [height, width]".
  { FieldType<T>::type(limits) } -> std::same_as<std::string>;
  // JSON Schema.
  { FieldType<T>::schema(limits) } -> std::same_as<Node>;
};

template <>
struct FieldType<bool> {
  static bool read(bool& to, const Node& node, const Reading& reading);
  static std::optional<Node> write(const bool& from);
  static std::string type(const Limits& limits);
  static Node schema(const Limits& limits);
};

template <>
struct FieldType<std::int64_t> {
  static bool read(std::int64_t& to, const Node& node, const Reading& reading);
  static std::optional<Node> write(const std::int64_t& from);
  static std::string type(const Limits& limits);
  static Node schema(const Limits& limits);
};

template <>
struct FieldType<double> {
  static bool read(double& to, const Node& node, const Reading& reading);
  static std::optional<Node> write(const double& from);
  static std::string type(const Limits& limits);
  static Node schema(const Limits& limits);
};

template <>
struct FieldType<std::string> {
  static bool read(std::string& to, const Node& node, const Reading& reading);
  static std::optional<Node> write(const std::string& from);
  static std::string type(const Limits& limits);
  static Node schema(const Limits& limits);
};

template <>
struct FieldType<Path> {
  static bool read(Path& to, const Node& node, const Reading& reading);
  static std::optional<Node> write(const Path& from);
  static std::string type(const Limits& limits);
  static Node schema(const Limits& limits);
};

template <>
struct FieldType<Sizes> {
  static bool read(Sizes& to, const Node& node, const Reading& reading);
  static std::optional<Node> write(const Sizes& from);
  static std::string type(const Limits& limits);
  static Node schema(const Limits& limits);
};

template <>
struct FieldType<Padding> {
  static bool read(Padding& to, const Node& node, const Reading& reading);
  static std::optional<Node> write(const Padding& from);
  static std::string type(const Limits& limits);
  static Node schema(const Limits& limits);
};

}  // namespace cnnctl
