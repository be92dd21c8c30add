import type { NumberType } from './ast.ts'

/** A function of Math. Its result is a double, unless it says otherwise. */
export type MathFunction = {
  readonly arity: number
  /** 'wider': of the type that the arguments are promoted to; else this type. */
  readonly result: NumberType | 'wider'
  readonly compute: (...args: number[]) => number
}

const double = (arity: number, compute: (...args: number[]) => number): MathFunction => ({
  arity,
  result: 'double',
  compute
})

const wider = (arity: number, compute: (...args: number[]) => number): MathFunction => ({
  arity,
  result: 'wider',
  compute
})

/** Java rounds to even at a half, JavaScript does not have it. */
function rint(value: number): number {
  const down = Math.floor(value)
  if (value - down !== 0.5) return Math.round(value)
  return down % 2 === 0 ? down : down + 1
}

export const mathFunctions: ReadonlyMap<string, MathFunction> = new Map([
  ['abs', wider(1, Math.abs)],
  ['max', wider(2, Math.max)],
  ['min', wider(2, Math.min)],
  [
    'round',
    {
      arity: 1,
      result: 'long',
      compute: (value) => (Number.isNaN(value) ? 0 : Math.floor(value + 0.5))
    }
  ],
  ['floor', double(1, Math.floor)],
  ['ceil', double(1, Math.ceil)],
  ['rint', double(1, rint)],
  ['sqrt', double(1, Math.sqrt)],
  ['cbrt', double(1, Math.cbrt)],
  ['pow', double(2, Math.pow)],
  ['exp', double(1, Math.exp)],
  ['expm1', double(1, Math.expm1)],
  ['log', double(1, Math.log)],
  ['log10', double(1, Math.log10)],
  ['log1p', double(1, Math.log1p)],
  ['sin', double(1, Math.sin)],
  ['cos', double(1, Math.cos)],
  ['tan', double(1, Math.tan)],
  ['asin', double(1, Math.asin)],
  ['acos', double(1, Math.acos)],
  ['atan', double(1, Math.atan)],
  ['atan2', double(2, Math.atan2)],
  ['sinh', double(1, Math.sinh)],
  ['cosh', double(1, Math.cosh)],
  ['tanh', double(1, Math.tanh)],
  ['hypot', double(2, Math.hypot)],
  ['signum', double(1, Math.sign)],
  ['toRadians', double(1, (degrees) => (degrees / 180) * Math.PI)],
  ['toDegrees', double(1, (radians) => (radians * 180) / Math.PI)]
])

export const mathConstants: ReadonlyMap<string, number> = new Map([
  ['PI', Math.PI],
  ['E', Math.E]
])

/** Functions of score scripts on numbers only. `decay` is what is left at `scale` from the origin. */
export const scoreFunctions: ReadonlyMap<string, MathFunction> = new Map([
  ['saturation', double(2, (value, k) => value / (k + value))],
  ['sigmoid', double(3, (value, k, a) => value ** a / (k ** a + value ** a))],
  [
    'decayNumericLinear',
    double(5, (origin, scale, offset, decay, value) => {
      const end = scale / (1 - decay)
      return Math.max(0, (end - distance(origin, offset, value)) / end)
    })
  ],
  [
    'decayNumericExp',
    double(5, (origin, scale, offset, decay, value) =>
      Math.exp((Math.log(decay) / scale) * distance(origin, offset, value))
    )
  ],
  [
    'decayNumericGauss',
    double(5, (origin, scale, offset, decay, value) => {
      const variance = -(scale ** 2) / (2 * Math.log(decay))
      return Math.exp(-(distance(origin, offset, value) ** 2) / (2 * variance))
    })
  ]
])

function distance(origin: number, offset: number, value: number): number {
  return Math.max(0, Math.abs(value - origin) - offset)
}
