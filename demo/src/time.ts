const clock = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' })
const exact = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit', second: '2-digit', hourCycle: 'h23' })

// A script's value may stand where a time should be; a format throws on that.
const format = (formatter: Intl.DateTimeFormat, at: string) => (Number.isNaN(Date.parse(at)) ? at : formatter.format(new Date(at)))

export const timeOf = (at: string) => format(clock, at)
export const exactTimeOf = (at: string) => format(exact, at)
