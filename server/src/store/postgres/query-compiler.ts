import type { BinaryOperationNode, CastNode, DataTypeNode, OperationNode, ValueNode, ValuesNode } from 'kysely';
import {
  CastNode as Cast,
  ColumnNode,
  DataTypeNode as DataType,
  InsertQueryNode,
  OperatorNode,
  PostgresQueryCompiler,
  PrimitiveValueListNode,
  ReferenceNode,
  ValueNode as Value,
  ValueListNode,
} from 'kysely';
import { typeOf } from './integers.ts';

/**
 * Compares text as in SQLite, and passes lists as arrays: a list is one parameter, so the text of a statement does not
 * depend on the length of its lists and is parsed quickly.
 */
export class StoreQueryCompiler extends PostgresQueryCompiler {
  /**
   * All text columns have the collation "C": cursors and locks depend on the order of ids, which must be bytewise
   * whatever the database's default collation is.
   */
  protected override visitDataType(node: DataTypeNode): void {
    super.visitDataType(node);
    if (node.dataType === 'text') this.append(' collate "C"');
  }

  /** `column in (…)` as `column = any(…)`. */
  protected override visitBinaryOperation(node: BinaryOperationNode): void {
    const { leftOperand, operator, rightOperand } = node;
    const isIn = OperatorNode.is(operator) && operator.operator === 'in';
    const column = ReferenceNode.is(leftOperand) && leftOperand.column;
    if (!isIn || !PrimitiveValueListNode.is(rightOperand) || !column || !ColumnNode.is(column)) {
      super.visitBinaryOperation(node);
      return;
    }
    this.visitNode(leftOperand);
    this.append(' = any(');
    this.#appendArray(rightOperand.values, typeOf(column.column.name));
    this.append(')');
  }

  /** `values (…), (…)` as one array per column. Rows with expressions are left as they are. */
  protected override visitValues(node: ValuesNode): void {
    const list = this.#insertedRows(node) ?? castRows(node);
    if (!list) {
      super.visitValues(node);
      return;
    }
    this.append('select * from unnest(');
    for (const [index, type] of list.types.entries()) {
      if (index > 0) this.append(', ');
      this.#appendArray(
        list.rows.map((row) => row[index]),
        type,
      );
    }
    this.append(`) as rows (${list.types.map((_, index) => `column${index + 1}`).join(', ')})`);
  }

  #appendArray(values: readonly unknown[], type: string): void {
    this.appendValue(values);
    this.append(`::${type}[]`);
  }

  /** The rows of an INSERT with more than one row. */
  #insertedRows({ values }: ValuesNode): Rows | undefined {
    const insert = this.parentNode;
    if (!insert || !InsertQueryNode.is(insert) || values.length < 2) return undefined;
    const rows = values.map((row) => (PrimitiveValueListNode.is(row) ? row.values : undefined));
    if (!rows.every((row) => row !== undefined)) return undefined;
    const columns = (insert.columns ?? []).filter((column) => ColumnNode.is(column));
    return { types: columns.map(({ column }) => typeOf(column.name)), rows };
  }
}

interface Rows {
  /** Per column. */
  readonly types: readonly string[];
  readonly rows: readonly (readonly unknown[])[];
}

/** Rows in which every value is cast to a type. */
function castRows({ values }: ValuesNode): Rows | undefined {
  const rows = values.map((row) => (ValueListNode.is(row) ? row.values.filter(isCastValue) : []));
  const [first] = rows;
  if (!first || values.some((row, index) => row.values.length !== rows[index]?.length)) return undefined;
  return {
    types: first.map(({ dataType }) => dataType.dataType),
    rows: rows.map((row) => row.map(({ expression }) => expression.value)),
  };
}

type CastValue = CastNode & { readonly expression: ValueNode; readonly dataType: DataTypeNode };

function isCastValue(node: OperationNode): node is CastValue {
  return Cast.is(node) && Value.is(node.expression) && !node.expression.immediate && DataType.is(node.dataType);
}
